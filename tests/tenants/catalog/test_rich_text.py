"""A story keeps its headings, lists and own pictures, and loses whatever could run or lead away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.catalog.rich_text import cleaned, plain_text

OWN = "/media/goods/ab/abcdefghijklmnopqrstuvwxyz234567.webp"
GOOD = (
    "<h2>产地</h2><p>山东<strong>烟台</strong><br>海拔 300 米</p><ul><li>脆</li><li>甜</li></ul>"
    f'<p><img src="{OWN}"></p>'
)

HOSTILE = [
    "<script>alert(1)</script>",
    "<p onclick=alert(1)>x</p>",
    "<img src=x onerror=alert(1)>",
    f'<img src="{OWN}" onerror="alert(1)">',
    "<img src='https://evil.test/pixel.gif'>",
    "<img src=//evil.test/x.webp>",
    "<img src='javascript:alert(1)'>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>点我</a>",
    "<a href='https://evil.test'>点我</a>",
    "<iframe src=https://evil.test></iframe>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<style>body{display:none}</style><p>x</p>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<form action=https://evil.test><input name=password><button>x</button></form>",
    "<object data=https://evil.test></object><embed src=https://evil.test>",
    "<p>x</p><!--[if IE]><script>alert(1)</script><![endif]-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template><p>x</p>",
    "<p>x</p><base href=https://evil.test><meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<div id=x><scr<script>ipt>alert(1)</scr</script>ipt></div>",
    "<p>x</p><img/src=x/onerror=alert(1)>",
    "<bold onclick=alert(1)><b onclick=alert(1)>x</b>",
]
FORBIDDEN = ("<script", "onerror=", "onclick=", "onload=", "javascript:", "evil.test", "<iframe", "<style", "style=",
             "<form", "<svg", "<math", "<object", "<base", "<meta", "<a ", "<!--", "data:")  # fmt: skip


class TestCleaned:
    def test_keeps_what_the_editor_makes(self) -> None:
        assert cleaned(GOOD, pictures={OWN}) == GOOD

    @pytest.mark.parametrize("text", HOSTILE)
    def test_takes_out_what_runs_or_leads_away(self, text: str) -> None:
        safe = cleaned(f"<p>前</p>{text}<p>后</p>", pictures={OWN})

        assert safe.startswith("<p>前</p>")
        assert not any(word in safe.lower() for word in FORBIDDEN), safe

    def test_keeps_no_picture_but_the_products_own(self) -> None:
        assert cleaned(GOOD, pictures=()) == GOOD.replace(f'<p><img src="{OWN}"></p>', "")

    def test_makes_paragraphs_of_plain_text_and_shows_its_signs(self) -> None:
        assert cleaned("1 < 2\n& 甜\n\n脆", pictures=()) == "<p>1 &lt; 2<br>&amp; 甜</p><p>脆</p>"
        assert cleaned("", pictures=()) == ""

    def test_makes_one_language_of_what_browsers_write(self) -> None:
        assert cleaned("<div>a</div><b>b</b><h1>c</h1><p><br></p>", pictures=()) == (
            "<p>a</p><strong>b</strong><h2>c</h2><p><br></p>"
        )

    @given(st.text(alphabet="<>/\"'=& abpimgscrtonle:;-!", max_size=80))
    def test_cleaning_again_changes_nothing(self, text: str) -> None:
        once = cleaned(f"<p>x</p>{text}", pictures={OWN})

        assert cleaned(once, pictures={OWN}) == once
        assert not any(word in once for word in ("<script", "<iframe", "<a "))


class TestPlainText:
    def test_tells_the_words_in_lines(self) -> None:
        assert plain_text(GOOD) == "产地\n山东烟台\n海拔 300 米\n脆\n甜"

    def test_reads_back_what_plain_text_became(self) -> None:
        assert plain_text(cleaned("1 < 2\n& 甜", pictures=())) == "1 < 2\n& 甜"
