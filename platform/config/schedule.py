"""What runs when. Every entry is safe to run twice, late, or by two beats at once.

No entry stands for a store: one control task wakes the stores, staggered.
"""

from typing import Any

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0

# (task, seconds between two runs), in the order in which a moved clock runs them
RHYTHM: list[tuple[str, float]] = [
    ("control.provisioning.tasks.resume_half_built", _MINUTE),
    ("control.provisioning.tasks.fill_pool", 5 * _MINUTE),
    ("control.lifecycle.tasks.finish_erasures", _MINUTE),
    ("tenants.sales.tasks.expire_orders_everywhere", _MINUTE),
    ("tenants.sales.tasks.end_teams_everywhere", _MINUTE),
    ("tenants.sales.tasks.cut_off_campaigns_everywhere", _MINUTE),
    ("tenants.sales.tasks.remind_balances_everywhere", 5 * _MINUTE),
    ("tenants.sales.tasks.tell_waiting_everywhere", 5 * _MINUTE),
    ("tenants.sales.tasks.settle_forgotten_events", _MINUTE),
    ("tenants.sales.tasks.watch_payments_everywhere", _MINUTE),
    ("tenants.sales.tasks.tell_outside_everywhere", _MINUTE),
    ("tenants.sales.tasks.release_freezes_everywhere", _HOUR),
    ("tenants.sales.tasks.look_for_unclaimed_everywhere", _HOUR),
    ("tenants.sales.tasks.complete_orders_everywhere", _HOUR),
    ("tenants.sales.tasks.look_after_batches_everywhere", 5 * _MINUTE),
    ("tenants.aftersales.tasks.sweep_after_sales_everywhere", 5 * _MINUTE),
    ("tenants.sales.tasks.reconcile_payments_everywhere", _HOUR),
    ("billing.tasks.collect_and_rate_all", _MINUTE),
    ("config.tasks.collect_from_cells", _MINUTE),
    ("billing.tasks.run_due", 5 * _MINUTE),
    ("billing.tasks.recognise_revenue", _HOUR),
    ("billing.tasks.share_revenue", 5 * _MINUTE),
    ("billing.tasks.look_after_charges", _MINUTE),
    ("billing.tasks.keep_wallets", 5 * _MINUTE),
    ("billing.tasks.retry_events", _MINUTE),
    ("billing.tasks.reconcile", _DAY),
    ("billing.tasks.watch_usage", _DAY),
    ("billing.tasks.read_statements", _HOUR),
    ("billing.tasks.tidy", _DAY),
    ("billing.tasks.measure_days", _HOUR),
    ("tenants.sales.tasks.tidy_everywhere", _DAY),
    ("control.domains.tasks.recheck_domains", _DAY),
    ("control.fleet.tasks.watch_fleet", _DAY),
]


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the schedule in Celery's form; a run that could not start before the next is due is dropped."""
    return {
        name.rsplit(".", 1)[-1]: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in RHYTHM
    }
