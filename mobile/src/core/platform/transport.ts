import type { Transport } from '../api/client'

export const uniTransport: Transport = (request) =>
  new Promise((resolve, reject) => {
    uni.request({
      url: request.url,
      // uni's type list leaves nothing out that we use; its union is merely spelled differently.
      method: request.method as UniApp.RequestOptions['method'],
      header: request.headers,
      data: request.body as UniApp.RequestOptions['data'],
      timeout: request.timeoutMs,
      success: (answer) => resolve({ status: answer.statusCode, body: answer.data, headers: answer.header }),
      fail: (failure) => {
        const said = String(failure?.errMsg ?? '')
        reject({ reason: said.includes('timeout') ? 'timeout' : 'offline' })
      },
    })
  })
