"""The back office. Every page and every drawer has an address of its own."""

from django.urls import include, path

from tenants.backoffice import (
    views_areas,
    views_campaign_editor,
    views_campaigns,
    views_cutoff,
    views_entry,
    views_joins,
    views_leaders,
    views_orders,
    views_overview,
    views_password,
    views_paste,
    views_refunds,
    views_shop,
    views_teams,
)

app_name = "backoffice"
urlpatterns = [
    path("login", views_entry.login, name="login"),
    path("password", views_password.change, name="password"),
    path("password/forgotten", views_password.forgotten, name="password-forgotten"),
    path("password/<str:link>", views_password.by_link, name="password-set"),
    path("enter", views_entry.enter, name="enter"),
    path("logout", views_entry.sign_out, name="logout"),
    path("", views_overview.overview, name="overview"),
    path("search", views_overview.search, name="search"),
    path("campaigns", views_campaigns.campaigns, name="campaigns"),
    path("campaigns/new", views_campaign_editor.new, name="campaign-new"),
    path("campaigns/<uuid:campaign_id>", views_campaigns.detail, name="campaign"),
    path("campaigns/<uuid:campaign_id>/edit", views_campaign_editor.edit, name="campaign-edit"),
    path("campaigns/<uuid:campaign_id>/closing", views_campaigns.closing, name="campaign-closing"),
    path("campaigns/<uuid:campaign_id>/calling-off", views_cutoff.calling_off, name="campaign-calling-off"),
    path("campaigns/<uuid:campaign_id>/cutoff", views_cutoff.cutoff, name="campaign-cutoff"),
    path("campaigns/<uuid:campaign_id>/teams", views_teams.teams, name="campaign-teams"),
    path("campaigns/<uuid:campaign_id>/joins", views_joins.joins, name="campaign-joins"),
    path("campaigns/<uuid:campaign_id>/paste", views_paste.paste, name="campaign-paste"),
    path("campaigns/<uuid:campaign_id>/drafts", views_paste.drafts, name="campaign-drafts"),
    path("drafts/<uuid:draft_id>/withdrawal", views_paste.withdraw, name="draft-withdraw"),
    path("campaigns/<uuid:campaign_id>/cut", views_cutoff.cut, name="campaign-cut"),
    *(
        path(f"late-orders/<uuid:order_id>/{what}", views_cutoff.late, {"what": what}, name="late-order")
        for what in ("keep", "refund")
    ),
    path("campaigns/<uuid:campaign_id>/copy", views_campaigns.copy, name="campaign-copy"),
    *(
        path(f"campaigns/<uuid:campaign_id>/{what}", views_campaigns.act, {"what": what}, name="campaign-act")
        for what in ("pause", "resume", "close", "cancel")
    ),
    path("", include("tenants.backoffice.urls_products")),
    path("", include("tenants.backoffice.urls_stock")),
    path("", include("tenants.backoffice.urls_promotions")),
    path("", include("tenants.backoffice.urls_payments")),
    path("", include("tenants.backoffice.urls_aftersales")),
    path("orders", views_orders.orders, name="orders"),
    path("orders/export", views_orders.export, name="orders-export"),
    path("orders/<uuid:order_id>", views_orders.detail, name="order"),
    path("orders/<uuid:order_id>/refund", views_refunds.refund, name="order-refund"),
    path("leaders", views_leaders.leaders, name="leaders"),
    path("leaders/new", views_leaders.add, name="leader-new"),
    path("leaders/<uuid:leader_id>", views_leaders.detail, name="leader"),
    path("leaders/<uuid:leader_id>/edit", views_leaders.edit, name="leader-edit"),
    path("leaders/<uuid:leader_id>/rest", views_leaders.rest, name="leader-rest"),
    path("leaders/<uuid:leader_id>/resume", views_leaders.resume, name="leader-resume"),
    path("leaders/<uuid:leader_id>/points/new", views_leaders.point_new, name="point-new"),
    path("leaders/points/<uuid:point_id>", views_leaders.point_edit, name="point"),
    path("areas", views_areas.areas, name="areas"),
    path("areas/new", views_areas.area_new, name="area-new"),
    path("areas/rule", views_areas.rule, name="entry-rule"),
    path("areas/<uuid:area_id>", views_areas.area, name="area"),
    path("campaigns/<uuid:campaign_id>/reach", views_areas.reach, name="campaign-reach"),
    path("commission", views_shop.commission, name="commission"),
    path("shop", views_shop.shop, name="shop"),
]
