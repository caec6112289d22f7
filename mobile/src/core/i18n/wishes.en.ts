const wishes = {
  'home.today': 'Today',
  'home.tomorrow': 'Tomorrow',
  'home.coming': 'Coming',
  'home.previewHint': 'Can be ordered from {time}; have a look before',
  'search.hot': 'Searched for here',
  'search.similar': 'Alike to what you look for',
  'search.popular': 'What others buy',
  'wait.ask': 'Tell me',
  'wait.on': 'Will tell you',
  'wait.set': 'We text you when it is back',
  'wait.off': 'We will not text you',
  'queue.title': 'In the queue',
  'queue.words': 'Many neighbours order right now. We keep your place and send your order when it is your turn: no need to press again, and it is never ordered twice.',
  'queue.next': 'Next try in {n} s',
  'queue.sending': 'Sending…',
  'queue.leave': 'Do not wait',
  'queue.over': 'It was not your turn yet. Press “Place order” again in a moment; it is never ordered twice',
} as const

export default wishes
