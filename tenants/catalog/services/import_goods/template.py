"""The file we hand out: our columns, a few rows as an example, and a sheet that explains."""

from django.utils.translation import gettext

from tenants.catalog.services.import_goods.columns import OWN_HEADS
from tenants.catalog.services.import_goods.sheet import GOODS_SHEET
from tenants.catalog.services.import_goods.workbook import GoodsBook

WIDTHS = (24, 26, 14, 9, 9, 9, 8, 12, 12, 10, 18, 12)
MUST = frozenset({OWN_HEADS["title"], OWN_HEADS["label"], OWN_HEADS["price"]})
_EXAMPLES = (
    ("阳光玫瑰葡萄", "无籽脆甜，产地直发", "500g/盒", "19.9", "29.9", "13.5", 60, "水果", "云南", "冷藏", "SM0500", ""),
    ("阳光玫瑰葡萄", "", "1kg/盒", "36.9", "55.9", "25", 40, "水果", "", "", "SM1000", ""),
    ("本地小青菜", "清晨采摘，当天到", "500g/份", "3.9", "", "2.2", 120, "蔬菜", "本地", "冷藏", "", ""),
    ("土鸡蛋", "散养土鸡，15 枚装", "15枚/盒", "21.8", "26.8", "16.5", 80, "肉禽蛋", "江西", "常温", "", ""),
)


def template_file() -> bytes:
    """Write the template as an .xlsx with the sheets 商品 and 填写说明."""
    book = GoodsBook()
    book.add_sheet(name=GOODS_SHEET, head=list(OWN_HEADS.values()), rows=_EXAMPLES, widths=WIDTHS, must=MUST)
    head = [gettext("列"), gettext("必填"), gettext("怎么填")]
    book.add_sheet(name="填写说明", head=head, rows=_explanations(), widths=(14, 8, 80))
    return book.content()


def _explanations() -> list[tuple[str, str, str]]:
    yes = gettext("必填")
    return [
        ("商品名称", yes, gettext("最多 80 个字。几行写同一个商品名称，就是同一个商品的几个规格。")),
        ("副标题", "", gettext("商品名下面的一句卖点，最多 120 个字。")),
        ("规格", yes, gettext("例如 500g/份。同一个商品下不能重复；留空按“默认”录入。")),
        ("售价", yes, gettext("单位元，最多两位小数，例如 12.9。")),
        ("划线价", "", gettext("要高于售价。")),
        ("成本价", "", gettext("只有店里的人看得到，用来算毛利。")),
        ("库存", "", gettext("整数。新商品不填就是 0；已有的商品填了，就按盘点后的数量改。")),
        ("分类", "", gettext("写成“蔬菜/叶菜”，最多三级；没有的分类会自动新建。")),
        ("产地", "", gettext("最多 40 个字。")),
        ("储存方式", "", gettext("常温、冷藏或冷冻。")),
        ("商品编码", "", gettext("您自己的货号或条码，全店不重复。再次导入先按编码找商品，没有就按商品名称加规格找。")),
        ("图片", "", gettext("每个商品取一张 JPG、PNG 或 WebP；商品已经有图片的，不会再加。")),
        ("", "", gettext("Excel：用“插入图片”，让图片左上角落在这一列的格子里。WPS：也可以用“嵌入单元格图片”。")),
        ("", "", gettext("暂不支持 Excel 365 的“置于单元格内”、图片网址和图片压缩包。")),
        (
            gettext("更多列"),
            "",
            gettext("品牌、标签、会员价、限购、起购、备货天数、销售时间、参数、规格组、单位换算、称重……都可以导入。")
            + gettext("先在商品列表点“导出”，得到的表格有全部列，照着填就行。"),
        ),
        (
            gettext("再次导入"),
            "",
            gettext("格子留空表示不改，填了就以表格为准；要去掉原来的内容，填“清空”。下架的商品再次导入会重新上架。"),
        ),
        (
            gettext("有错怎么办"),
            "",
            gettext("只要有一行有错，整份都不会导入。原表会还给您，错误原因写在行尾，改好再传就行。"),
        ),
        (gettext("一次多少"), "", gettext("最多 5,000 行、10 MB。")),
        (gettext("示例行"), "", gettext("“商品”表里的几行是示例，填之前请删掉。")),
    ]
