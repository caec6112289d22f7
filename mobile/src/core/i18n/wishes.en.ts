const wishes = {
  'home.today': 'Today',
  'home.tomorrow': 'Tomorrow',
  'home.coming': 'Coming',
  'home.previewHint': 'Can be ordered from {time}; have a look before',
  'wait.ask': 'Tell me',
  'wait.on': 'Will tell you',
  'wait.set': 'We text you when it is back',
  'wait.off': 'We will not text you',
} as const

export default wishes
