import { ApiProblem, problemFrom } from '../api/problem'
import type { AfterSalePhoto } from '../api/types'
import { language } from '../i18n'
import { session } from '../store/session'
import { apiBase } from './host'

/** Lets the member pick or take pictures; resolves to their paths on this phone, none when dismissed. */
export function choosePhotos(most: number): Promise<string[]> {
  return new Promise((resolve) => {
    uni.chooseImage({
      count: most,
      sizeType: ['compressed'],
      success: ({ tempFilePaths }) => resolve(([] as string[]).concat(tempFilePaths).slice(0, most)),
      fail: () => resolve([]),
    })
  })
}

/** Sends one picture to the store; rejects with an ApiProblem, as every other call does. */
export function uploadPhoto(filePath: string): Promise<AfterSalePhoto> {
  return new Promise((resolve, reject) => {
    uni.uploadFile({
      url: `${apiBase()}/api/v1/after-sales/photos`,
      filePath,
      name: 'photo',
      header: { Authorization: `Bearer ${session.token}`, 'Accept-Language': language.value },
      success: ({ statusCode, data }) => {
        const body = readJson(data)
        if (statusCode === 201) resolve(body as AfterSalePhoto)
        else reject(problemFrom(statusCode, body))
      },
      fail: () => reject(new ApiProblem(0, 'offline', '')),
    })
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
