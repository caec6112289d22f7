// The `wx` of the stub phone. Every call used by the build is written out: a call missing here fails the test.
'use strict'

function makeWx(phone, answer) {
  const calls = []
  const storage = new Map()
  const log = (name, then) => (options = {}) => {
    calls.push({ name, options })
    then?.(options)
    options.complete?.({})
  }
  const ok = (name, result = {}) => log(name, (options) => options.success?.({ errMsg: `${name}:ok`, ...result }))
  const device = { platform: 'ios', system: 'iOS 17', model: 'stub', brand: 'stub', pixelRatio: 2, windowWidth: 390, windowHeight: 844, screenWidth: 390, screenHeight: 844, statusBarHeight: 44, SDKVersion: '3.5.0', language: 'zh_CN', version: '8.0.50', safeArea: { top: 44, bottom: 810, left: 0, right: 390, width: 390, height: 766 } }
  return {
    calls,
    /** What the next `showModal`, `showActionSheet`, `scanCode` and `getLocation` answer. */
    next: { confirm: true, tapIndex: 0, scanned: '', location: null, pictures: null },
    request: (options) => {
      calls.push({ name: 'request', options })
      const said = answer(options)
      setTimeout(() => {
        if (said) options.success?.({ statusCode: said.status, data: said.body, header: said.header ?? {} })
        else options.fail?.({ errMsg: 'request:fail' })
        options.complete?.({})
      }, 1)
      return { abort: () => undefined }
    },
    chooseImage: ok('chooseImage', { tempFilePaths: ['wxfile://tmp/1.jpg'] }),
    uploadFile: (options) => {
      calls.push({ name: 'uploadFile', options })
      const said = answer({ ...options, method: 'POST', header: options.header ?? {}, data: {} })
      setTimeout(() => {
        if (said) options.success?.({ statusCode: said.status, data: JSON.stringify(said.body) })
        else options.fail?.({ errMsg: 'uploadFile:fail' })
        options.complete?.({})
      }, 1)
      return { abort: () => undefined, onProgressUpdate: () => undefined }
    },
    navigateTo: ok('navigateTo'), redirectTo: ok('redirectTo'), switchTab: ok('switchTab'), navigateBack: ok('navigateBack'), reLaunch: ok('reLaunch'),
    setNavigationBarTitle: ok('setNavigationBarTitle'), setTabBarItem: ok('setTabBarItem'), setTabBarBadge: ok('setTabBarBadge'), removeTabBarBadge: ok('removeTabBarBadge'),
    showToast: ok('showToast'), hideToast: ok('hideToast'), stopPullDownRefresh: ok('stopPullDownRefresh'), pageScrollTo: ok('pageScrollTo'),
    showModal: log('showModal', (options) => options.success?.({ confirm: phone.wx.next.confirm, cancel: !phone.wx.next.confirm })),
    showActionSheet: log('showActionSheet', (options) => (phone.wx.next.tapIndex === null ? options.fail?.({ errMsg: 'cancel' }) : options.success?.({ tapIndex: phone.wx.next.tapIndex }))),
    scanCode: log('scanCode', (options) => (phone.wx.next.scanned ? options.success?.({ result: phone.wx.next.scanned }) : options.fail?.({ errMsg: 'scanCode:fail cancel' }))),
    chooseMedia: log('chooseMedia', (options) => (phone.wx.next.pictures ? options.success?.({ tempFiles: phone.wx.next.pictures.map((tempFilePath) => ({ tempFilePath })) }) : options.fail?.({ errMsg: 'chooseMedia:fail cancel' }))),
    previewImage: ok('previewImage'),
    uploadFile: (options) => {
      calls.push({ name: 'uploadFile', options })
      const said = answer({ ...options, method: 'POST', data: undefined })
      setTimeout(() => {
        if (said) options.success?.({ statusCode: said.status, data: JSON.stringify(said.body) })
        else options.fail?.({ errMsg: 'uploadFile:fail' })
      }, 1)
      return { abort: () => undefined }
    },
    getLocation: log('getLocation', (options) => (phone.wx.next.location ? options.success?.(phone.wx.next.location) : options.fail?.({ errMsg: 'getLocation:fail auth deny' }))),
    makePhoneCall: ok('makePhoneCall'), setClipboardData: ok('setClipboardData'), vibrateShort: ok('vibrateShort'),
    getScreenBrightness: ok('getScreenBrightness', { value: 0.4 }), setScreenBrightness: ok('setScreenBrightness'),
    getNetworkType: ok('getNetworkType', { networkType: 'wifi' }),
    onNetworkStatusChange: (listen) => { phone.networkListener = listen },
    getStorageSync: (name) => (storage.has(name) ? structuredClone(storage.get(name)) : ''),
    setStorageSync: (name, value) => storage.set(name, structuredClone(value)),
    removeStorageSync: (name) => storage.delete(name),
    setStorage: ({ key, data }) => storage.set(key, data),
    getWindowInfo: () => device, getDeviceInfo: () => device, getAppBaseInfo: () => device, getSystemInfoSync: () => device,
    getSystemSetting: () => ({}), getAppAuthorizeSetting: () => ({}),
    getExtConfigSync: () => ({}),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'stub', envVersion: 'develop' } }),
    getLaunchOptionsSync: () => ({ path: 'pages/home/index', query: {}, scene: 1001 }),
    getEnterOptionsSync: () => ({ path: 'pages/home/index', query: {}, scene: 1001 }),
    onAppShow: () => undefined, onAppHide: () => undefined, onError: () => undefined, onUnhandledRejection: () => undefined, onPageNotFound: () => undefined, onThemeChange: () => undefined,
    canIUse: () => true, nextTick: (run) => setTimeout(run, 0), preloadAssets: () => undefined,
    storage,
  }
}

module.exports = { makeWx }
