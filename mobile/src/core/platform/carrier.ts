import type { Carrier } from '../api/upload'

export const uniCarrier: Carrier = (request) =>
  new Promise((resolve, reject) => {
    uni.uploadFile({
      url: request.url,
      name: request.name,
      filePath: request.picture.path,
      // Only H5 knows `file`; there it spares reading the picture back from a blob address.
      ...(request.picture.file ? { file: request.picture.file } : {}),
      header: request.headers,
      timeout: request.timeoutMs,
      success: (answer) => resolve({ status: answer.statusCode, text: answer.data }),
      fail: (failure) => {
        const said = String(failure?.errMsg ?? '')
        reject({ reason: said.includes('timeout') ? 'timeout' : 'offline' })
      },
    })
  })
