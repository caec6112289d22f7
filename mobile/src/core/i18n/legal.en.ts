/** What is agreed to when somebody signs in. */
export default {
  'terms.title': 'Terms',
  'terms.body':
    '1. Goods are sold by this store and collected at the pickup point on the agreed day.\n2. Please check fresh goods on the spot and tell the leader or the store the same day if something is wrong.\n3. Orders that are not paid in time close by themselves and the goods go back on the shelf.\n4. Please collect in time; what happens to goods left behind is in the store’s notice.\n5. Whoever holds the pickup code can collect the goods. Do not give it to strangers.',
  'privacy.title': 'Privacy policy',
  'privacy.body':
    '1. Your phone number is used to sign in and to tell you about pickup; your orders are used to prepare goods and to help afterwards.\n2. Your location is read once, when you press “Use my location”, to sort pickup points. It is not stored, unless you attach it when you ask for a pickup point.\n3. The leader sees only your nickname and the last 4 digits of your phone; where you let the leader bring an order to your door, also its name, phone and address.\n4. The name, phone and location you leave when you ask for a pickup point are used only to contact you about it.\n5. Beyond what an order needs, nothing is passed to third parties.\n6. Ask the store to see, correct or delete what it holds about you.',
}
