"""Draws the hosted pages: one file, no assets from anywhere."""

from datetime import UTC, datetime
from html import escape

from tests.simulators.stripe.wire import Obj
from tests.simulators.stripe.wording import TEST_CARDS, say, say_error

STYLE = """
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:#f6f5f1;color:#22262b;font:16px/1.6 -apple-system,"PingFang SC","Microsoft YaHei",
"Noto Sans CJK SC","Noto Sans SC","Segoe UI",Roboto,sans-serif}
a{color:#0f6b4f}main{max-width:960px;margin:0 auto;padding:40px 20px 64px;display:grid;gap:48px}
@media(min-width:820px){main.two{grid-template-columns:1fr 1fr;padding-top:88px}}
.narrow{max-width:480px}.mark{display:inline-block;padding:2px 10px;border-radius:99px;background:#fdf0d5;color:#7a4b00;
font-size:13px}header{display:flex;justify-content:space-between;align-items:center;gap:12px}
.logo{font-weight:700;font-size:18px}h1{font-size:26px;line-height:1.3;margin:24px 0 8px}
.lead{color:#565d66;margin:0 0 20px}.sum{font-size:34px;font-weight:700;margin:4px 0 16px}
.box{background:#fff;border:1px solid #e3e0d8;border-radius:14px;padding:28px;box-shadow:0 8px 28px rgba(40,36,20,.06)}
label{display:block;font-size:14px;font-weight:600;margin:0 0 6px}
input[type=text]{width:100%;font:inherit;padding:11px 12px;border:1px solid #8b9097;border-radius:9px;background:#fff;
color:inherit}input:focus-visible,button:focus-visible,a:focus-visible,summary:focus-visible{outline:3px solid #7cc4a8;
outline-offset:1px}input[aria-invalid=true]{border-color:#b42318;background:#fff8f7}.field{margin:0 0 18px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:14px}.wrong{color:#b42318;font-size:14px;margin:6px 0 0}
button{font:inherit;font-weight:600;border:0;border-radius:9px;padding:12px 18px;width:100%;cursor:pointer;
background:#0f6b4f;color:#fff}button:hover{background:#0b5740}button.plain{background:#fff;color:#22262b;
border:1px solid #8b9097}button.small{width:auto;padding:3px 12px;font-size:13px;font-weight:500}
.fine{font-size:13px;color:#5d646d;margin:14px 0 0}dl{display:grid;grid-template-columns:auto 1fr;gap:6px 18px;margin:0}
dt{color:#5d646d}dd{margin:0;text-align:right}details{margin-top:22px;font-size:14px}summary{cursor:pointer}
table{width:100%;border-collapse:collapse;margin-top:8px}td{padding:6px 0;border-top:1px solid #eceae3}
td:last-child{text-align:right}code{font-family:ui-monospace,Menlo,Consolas,monospace;white-space:nowrap}
.stack{display:grid;gap:12px;margin-top:22px}
"""
SCRIPT = """
const form=document.querySelector('form'),n=form.elements.card_number,e=form.elements.card_expiry;
n.addEventListener('input',()=>{n.value=n.value.replace(/\\D/g,'').slice(0,19).replace(/(.{4})(?=.)/g,'$1 ')});
e.addEventListener('input',()=>{const d=e.value.replace(/\\D/g,'').slice(0,6);
e.value=d.length>2?d.slice(0,2)+' / '+d.slice(2):d});
document.querySelectorAll('[data-card]').forEach(b=>b.addEventListener('click',()=>{n.value=b.dataset.card;
e.value='12 / 34';form.elements.card_cvc.value='123';form.scrollIntoView({block:'nearest'})}));
form.addEventListener('submit',()=>{const b=form.querySelector('button[type=submit]');b.textContent=b.dataset.working;
setTimeout(()=>{b.disabled=true},0)});
"""
WHOLE_UNITS = ("jpy",)
SIGNS = {"cny": "¥", "usd": "$", "eur": "€", "gbp": "£", "hkd": "HK$", "jpy": "JP¥", "sgd": "S$"}


def money(amount: int, currency: str) -> str:
    """This function will write minor units as people read them."""
    sign = SIGNS.get(currency, currency.upper() + " ")
    if currency in WHOLE_UNITS:
        return f"{sign}{amount:,}"
    return f"{sign}{amount // 100:,}.{amount % 100:02d}"


def session_language(session: Obj, preferred: str) -> str:
    """This function will obey the language the merchant's site asked for, if it did."""
    locale = session["locale"] or "auto"
    return preferred if locale == "auto" else "zh" if locale.startswith("zh") else "en"


def shell(title: str, body: str, *, lang: str, wide: bool = False, script: str = "", keep: str = "") -> str:
    other, other_name = ("en", "English") if lang == "zh" else ("zh", "中文")
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)} · {escape(say("brand", lang))}</title><link rel="icon" href="data:,">'
        f'<style>{STYLE}</style></head><body><main class="{"two" if wide else "narrow"}">{body}'
        f'<footer class="fine"><span class="mark">{say("test_mode", lang)}</span> {say("test_hint", lang)} '
        f'<a href="?lang={other}{escape(keep)}" hreflang="{other}" lang="{other}">{other_name}</a></footer></main>'
        + (f"<script>{script}</script>" if script else "")
        + "</body></html>"
    )


def checkout(session: Obj, *, customer: Obj, typed: Obj, errors: dict[str, str], lang: str) -> str:
    """This function will draw the card form with what was typed, never the security code, and what is wrong with it."""
    paying = session["mode"] == "payment"
    title = say("pay_title" if paying else "save_title", lang)
    button = say("pay_button" if paying else "save_button", lang)
    if paying:
        button += f" {money(session['amount_total'], session['currency'])}"
    form = (
        f'<section class="box"><form method="post" action="/pay/checkout/{session["id"]}" novalidate>'
        f'<input type="hidden" name="lang" value="{lang}">'
        + text_field("number", "card_number", typed, errors, lang, placeholder="1234 1234 1234 1234", fill="cc-number")
        + '<div class="pair">'
        + text_field("expiry", "card_expiry", typed, errors, lang, placeholder=say("expiry_hint", lang), fill="cc-exp")
        + text_field("cvc", "card_cvc", {}, errors, lang, placeholder="123", fill="cc-csc")
        + "</div>"
        + text_field("name", "card_name", typed, errors, lang, placeholder="", fill="cc-name")
        + f'<button type="submit" data-working="{say("working", lang)}">{escape(button)}</button>'
        + f'<p class="fine">{say("agree", lang)}</p></form>{test_cards(lang)}</section>'
    )
    return shell(title, summary(session, customer, title, lang) + form, lang=lang, wide=True, script=SCRIPT)


def summary(session: Obj, customer: Obj, title: str, lang: str) -> str:
    back = session["cancel_url"]
    lines = "".join(
        f"<dt>{escape(line['description'])} × {line['quantity']}</dt>"
        f"<dd>{money(line['amount_total'], line['currency'])}</dd>"
        for line in session["_lines"]
    )
    who = escape(customer.get("name") or customer.get("email") or "")
    return (
        f'<section><header><span class="logo">{say("brand", lang)}</span></header><h1>{title}</h1>'
        + (
            f'<p class="sum">{money(session["amount_total"], session["currency"])}</p>'
            if session["mode"] == "payment"
            else f'<p class="lead">{say("save_lead", lang)}</p>'
        )
        + f"<dl>{lines}"
        + (f"<dt>{say('bill_to', lang)}</dt><dd>{who}</dd>" if who else "")
        + "</dl>"
        + (f'<p><a href="{escape(back)}">← {say("back", lang)}</a></p>' if back else "")
        + "</section>"
    )


def text_field(
    short: str, name: str, typed: Obj, errors: dict[str, str], lang: str, *, placeholder: str, fill: str
) -> str:
    wrong = errors.get(short)
    numeric = "" if short == "name" else ' inputmode="numeric"'
    told = f' aria-invalid="true" aria-describedby="{name}-wrong"' if wrong else ""
    note = f'<p class="wrong" id="{name}-wrong">{escape(say_error(wrong, lang))}</p>' if wrong else ""
    return (
        f'<div class="field"><label for="{name}">{say(name, lang)}</label><input type="text" id="{name}" '
        f'name="{name}" value="{escape(str(typed.get(name, "")))}" placeholder="{placeholder}" '
        f'autocomplete="{fill}"{numeric}{told}>{note}</div>'
    )


def test_cards(lang: str) -> str:
    rows = "".join(
        f"<tr><td><code>{number}</code></td><td>{say(meaning, lang)}</td>"
        f'<td><button type="button" class="plain small" data-card="{number}">{say("fill", lang)}</button></td></tr>'
        for number, meaning in TEST_CARDS
    )
    return f"<details><summary>{say('test_cards', lang)}</summary><table>{rows}</table></details>"


def question(intent: Obj, *, method: Obj, session: str, lang: str) -> str:
    """This function will draw the issuer's 3-D Secure page with its two buttons."""
    card = method["card"]
    what = money(intent["amount"], intent["currency"]) if "amount" in intent else say("save_only", lang)
    body = (
        f'<section class="box"><header><span class="logo">3-D Secure</span><span>{escape(card["brand"])}</span>'
        "</header>"
        f'<h1>{say("question_title", lang)}</h1><p class="lead">{say("question_lead", lang)}</p>'
        f"<dl><dt>{say('card', lang)}</dt><dd><code>•••• {card['last4']}</code></dd>"
        f"<dt>{say('amount', lang)}</dt><dd>{what}</dd></dl>"
        f'<form method="post" action="/pay/3ds/{intent["id"]}?lang={lang}" class="stack">'
        f'<input type="hidden" name="session" value="{escape(session)}">'
        f'<button type="submit" name="outcome" value="approve">{say("approve", lang)}</button>'
        f'<button type="submit" name="outcome" value="fail" class="plain">{say("refuse", lang)}</button>'
        "</form></section>"
    )
    return shell(say("question_title", lang), body, lang=lang, keep=f"&session={session}" if session else "")


def message(key: str, *, lang: str, link: str | None = None, detail: str = "") -> str:
    """This function will draw a page that says one thing."""
    body = (
        f'<section class="box"><h1>{say(key, lang)}</h1><p class="lead">{say(f"{key}_text", lang)}</p>'
        + (f'<p class="fine">{escape(detail)}</p>' if detail else "")
        + (f'<p><a href="{escape(link)}">{say("continue", lang)}</a></p>' if link else "")
        + "</section>"
    )
    return shell(say(key, lang), body, lang=lang)


def receipt(charge: Obj, *, lang: str) -> str:
    """This function will draw the receipt of one charge."""
    card = charge["payment_method_details"]["card"]
    day = datetime.fromtimestamp(charge["created"], tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    body = (
        f'<section class="box"><h1>{say("receipt", lang)}</h1>'
        f'<p class="sum">{money(charge["amount"], charge["currency"])}</p>'
        f"<p class=lead>{escape(charge['description'] or '')}</p><dl><dt>{say('card', lang)}</dt>"
        f"<dd><code>{escape(card['brand'])} •••• {card['last4']}</code></dd><dt>{charge['id']}</dt><dd>{day}</dd>"
        "</dl></section>"
    )
    return shell(say("receipt", lang), body, lang=lang)


def index(counts: dict[str, int], *, now: int, lang: str) -> str:
    """This function will draw the page that tells what this server is."""
    rows = "".join(f"<dt>{name}</dt><dd>{count}</dd>" for name, count in sorted(counts.items()))
    moment = datetime.fromtimestamp(now, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    body = (
        f'<section class="box"><h1>{say("index", lang)}</h1><p class="lead">{say("index_text", lang)}</p>'
        f"<p><code>{moment}</code></p><dl>{rows}</dl></section>"
    )
    return shell(say("index", lang), body, lang=lang)
