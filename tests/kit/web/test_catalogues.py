"""English is complete, and what is committed is what the sources say."""

import gettext
import io

import pytest

from kit.web.catalogues import Catalogue, Phrase, compiled, read, write
from kit.web.management.commands.messages import catalogue_path, our_apps, phrases_of, problems_of
from kit.web.phrases import in_python, in_template

COMPLETE = tuple(sorted(our_apps()))


@pytest.mark.parametrize("label", COMPLETE)
def test_english_is_complete(label: str) -> None:
    found = phrases_of(label)

    assert not found or not problems_of(our_apps()[label], found)


def test_one_phrase_has_one_english() -> None:
    """Django lays all catalogues over each other: two Englishes for one phrase and a page speaks the other's."""
    said: dict[Phrase, set[tuple[str, ...]]] = {}
    for folder in our_apps().values():
        for phrase, english in read(catalogue_path(folder)).words.items():
            said.setdefault(phrase, set()).add(tuple(english))

    assert not {phrase: english for phrase, english in said.items() if len(english) > 1}


class TestCatalogue:
    PLURAL = Phrase("%(count)d 天", plural="%(count)d 天")

    def test_survives_a_round_trip(self, tmp_path: object) -> None:
        path = tmp_path / "en" / "django.po"  # type: ignore[operator]
        catalogue = Catalogue(
            {Phrase('说“好”\n"quoted"'): ["ok"], self.PLURAL: ["day", "days"], Phrase("月", context="may"): ["May"]}
        )

        write(path, catalogue)

        assert read(path).words == catalogue.words

    def test_compiles_to_what_gettext_reads(self) -> None:
        binary = compiled(Catalogue({Phrase("保存"): ["Save"], self.PLURAL: ["%(count)d day", "%(count)d days"]}))

        english = gettext.GNUTranslations(io.BytesIO(binary))

        assert english.gettext("保存") == "Save"
        assert english.ngettext(self.PLURAL.text, self.PLURAL.plural, 2) == "%(count)d days"

    def test_a_phrase_without_english_falls_back_to_chinese(self) -> None:
        english = gettext.GNUTranslations(io.BytesIO(compiled(Catalogue({Phrase("保存"): [""]}))))

        assert english.gettext("保存") == "保存"


class TestPhrases:
    def test_are_found_in_python(self) -> None:
        source = (
            '_("一")\ngettext_lazy("二")\nngettext("%d 天", "%d 天", n)\nprint("三")\n_(name)\nmodels.gettext("四")'
        )

        assert set(in_python(source)) == {Phrase("一"), Phrase("二"), Phrase("%d 天", plural="%d 天"), Phrase("四")}

    def test_are_found_in_templates(self) -> None:
        source = (
            """{% translate "一" %}{% translate '二 "x"' as y %}{{ z|default:_("三") }}{% stat _("四") 1 %}"""
            "{% blocktranslate with n=m %}共 {{ n }} 条，100%{% endblocktranslate %}"
            "{% blocktranslate trimmed count n=m %}\n {{ n }} 座\n{% plural %}{{ n }} 座城{% endblocktranslate %}"
            "{# _('五') #}"
        )

        assert set(in_template(source)) == {
            Phrase("一"), Phrase('二 "x"'), Phrase("三"), Phrase("四"), Phrase("共 %(n)s 条，100%%"),
            Phrase("%(n)s 座", plural="%(n)s 座城"),
        }  # fmt: skip
