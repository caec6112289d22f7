"""What the scripts have to say, in the page's language (static/kit/kit.js reads it from base.html)."""

from django.utils.translation import gettext


def script_words() -> dict[str, str]:
    """Give the sentences by the keys used in assets/js."""
    return {
        "offline": gettext("网络好像断了，您填的内容还在。"),
        "failed": gettext("没有成功，请稍后再试。"),
        "gone": gettext("这条记录不存在，或者您看不到它。"),
        "retry": gettext("重试"),
        "undo": gettext("撤销"),
        "close": gettext("关闭"),
        "copied": gettext("已复制"),
    }
