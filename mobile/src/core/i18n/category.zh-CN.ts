/** The page of categories. */
export default {
  'category.all': '全部',
  'category.other': '其他',
  'category.empty': '这个分类今天没有商品',
  'category.noResult': '没有找到“{q}”',
  'category.noResultHint': '换个词试试，或看看全部商品',
  'category.seeAll': '看全部商品',
  'category.sort': '排序',
  'category.usual': '综合',
  'category.sales': '销量',
  'category.price': '价格',
  'category.up': '从低到高',
  'category.down': '从高到低',
  'category.end': '没有更多了',
  'category.below': '下级分类',
}
