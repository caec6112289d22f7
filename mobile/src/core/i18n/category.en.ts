/** The page of categories. */
export default {
  'category.all': 'All',
  'category.other': 'Other',
  'category.empty': 'Nothing in this category today',
  'category.noResult': 'Nothing found for “{q}”',
  'category.noResultHint': 'Try another word, or see everything',
  'category.seeAll': 'See everything',
  'category.sort': 'Sort',
  'category.usual': 'Usual',
  'category.sales': 'Sales',
  'category.price': 'Price',
  'category.up': 'low to high',
  'category.down': 'high to low',
  'category.end': 'That is all',
  'category.below': 'Subcategories',
}
