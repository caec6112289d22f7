"""The words on the hosted pages, Chinese and English."""

WORDS: dict[str, tuple[str, str]] = {
    "brand": ("邻里 Linli", "Linli"),
    "test_mode": ("测试环境", "Test mode"),
    "test_hint": ("这里不会产生真实扣款。", "No real money moves here."),
    "save_title": ("绑定银行卡", "Save a card"),
    "save_lead": (
        "绑定后，到期账单会自动从这张卡扣款，随时可以更换。",
        "Bills are charged to this card when due. You can change it any time.",
    ),
    "pay_title": ("付款", "Pay"),
    "back": ("返回", "Back"),
    "card_number": ("卡号", "Card number"),
    "card_expiry": ("有效期", "Expiry"),
    "expiry_hint": ("月 / 年", "MM / YY"),
    "card_cvc": ("安全码", "CVC"),
    "card_name": ("持卡人姓名（选填）", "Name on card (optional)"),
    "save_button": ("确认绑卡", "Save card"),
    "pay_button": ("确认支付", "Pay"),
    "working": ("正在提交…", "Working…"),
    "agree": (
        "确认即表示你同意邻里按约定的账单金额从此卡扣款。",
        "By continuing you allow Linli to charge this card for the bills you agreed to.",
    ),
    "test_cards": ("测试卡号", "Test cards"),
    "fill": ("填入", "Use"),
    "ok_card": ("支付成功", "Succeeds"),
    "unionpay_card": ("银联卡，支付成功", "UnionPay, succeeds"),
    "auth_card": ("需要 3-D 验证", "Asks for 3-D Secure"),
    "declined_card": ("银行拒绝", "Declined"),
    "later_card": ("能绑定，扣款时被拒", "Saves, but declines when charged"),
    "total": ("合计", "Total"),
    "bill_to": ("付款方", "Billed to"),
    "question_title": ("发卡银行验证", "Your bank asks"),
    "question_lead": ("请确认这是你本人的操作。", "Please confirm that this is you."),
    "approve": ("确认，是我本人", "Approve"),
    "refuse": ("拒绝", "Refuse"),
    "card": ("银行卡", "Card"),
    "amount": ("金额", "Amount"),
    "save_only": ("仅绑卡，不扣款", "Saving the card, no charge"),
    "continue": ("继续", "Continue"),
    "complete": ("已经完成", "All done"),
    "complete_text": ("这一步已经办好，可以回到邻里继续。", "This step is done. You can go back to Linli."),
    "expired": ("页面已过期", "This page has expired"),
    "expired_text": (
        "为了安全，链接 24 小时内有效。请回到邻里重新打开。",
        "Links work for 24 hours. Please start again from Linli.",
    ),
    "answered": ("验证已经结束", "This question was answered"),
    "answered_text": ("可以关闭这个页面。", "You can close this page."),
    "not_found": ("没有这个页面", "No such page"),
    "not_found_text": ("链接不完整，或者已经失效。", "The link is incomplete, or no longer valid."),
    "went_wrong": ("没有成功", "That did not work"),
    "went_wrong_text": ("请回到邻里重试。", "Please go back to Linli and try again."),
    "receipt": ("收据", "Receipt"),
    "index": ("Stripe 模拟服务", "Stripe simulator"),
    "index_text": (
        "只在本机运行，供演示和测试使用。它的时间和已有记录：",
        "Runs on this machine only, for the demo and the tests. Its time and records:",
    ),
}

ERRORS: dict[str, tuple[str, str]] = {
    "required": ("请填写这一项。", "Please fill this in."),
    "incorrect_number": ("卡号不正确，请检查。", "The card number is wrong. Please check it."),
    "invalid_expiry": ("有效期请按 月/年 填写，例如 12/34。", "Write the expiry as month/year, like 12/34."),
    "invalid_expiry_month": ("有效期的月份不对。", "The expiry month is wrong."),
    "invalid_expiry_year": ("这张卡已过有效期。", "This card has expired."),
    "expired_card": ("这张卡已过有效期，请换一张。", "This card has expired. Please use another one."),
    "invalid_cvc": ("安全码位数不对。", "The security code has the wrong length."),
    "incorrect_cvc": ("安全码不正确。", "The security code is wrong."),
    "generic_decline": ("发卡银行拒绝了这张卡，请换一张。", "The bank declined this card. Please use another one."),
    "insufficient_funds": ("卡内余额不足，请换一张。", "The card has insufficient funds. Please use another one."),
    "lost_card": ("发卡银行拒绝了这张卡，请换一张。", "The bank declined this card. Please use another one."),
    "stolen_card": ("发卡银行拒绝了这张卡，请换一张。", "The bank declined this card. Please use another one."),
    "fraudulent": ("发卡银行拒绝了这张卡，请换一张。", "The bank declined this card. Please use another one."),
    "card_velocity_exceeded": (
        "尝试次数过多，请稍后再试或换一张卡。",
        "Too many tries. Wait a little, or use another card.",
    ),
    "processing_error": ("银行暂时没有处理成功，请再试一次。", "The bank could not complete this. Please try again."),
    "test_mode_live_card": (
        "测试环境只能用测试卡号，请勿填写真实银行卡。",
        "Only test cards work here. Please do not type a real card.",
    ),
    "authentication_failed": (
        "验证没有通过，请重试或换一张卡。",
        "The check did not succeed. Try again, or use another card.",
    ),
}

TEST_CARDS = (
    ("4242 4242 4242 4242", "ok_card"),
    ("6200 0000 0000 0005", "unionpay_card"),
    ("4000 0025 0000 3155", "auth_card"),
    ("4000 0000 0000 0002", "declined_card"),
    ("4000 0000 0000 0341", "later_card"),
)


def say(key: str, lang: str) -> str:
    """This function will return one of the pages' words."""
    return WORDS[key][0 if lang == "zh" else 1]


def say_error(code: str, lang: str) -> str:
    """This function will return the sentence for an error code; an unknown one reads as a plain decline."""
    return ERRORS.get(code, ERRORS["generic_decline"])[0 if lang == "zh" else 1]
