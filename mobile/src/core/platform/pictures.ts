/** Pictures the shopper takes or chooses, and pictures shown large. */
import { absoluteUrl } from './host'

export interface ChosenPicture {
  path: string
  /** H5 hands the file itself, so that nothing has to be read back from an address. */
  file?: File
}

/** Lets the shopper take or choose some pictures; none when they change their mind. */
export function choosePictures(most: number): Promise<ChosenPicture[]> {
  return new Promise((resolve) => {
    // #ifdef MP-WEIXIN
    uni.chooseMedia({
      count: most,
      mediaType: ['image'],
      sizeType: ['compressed'],
      success: ({ tempFiles }) => resolve(tempFiles.map((one) => ({ path: one.tempFilePath }))),
      fail: () => resolve([]),
    })
    // #endif
    // #ifndef MP-WEIXIN
    uni.chooseImage({
      count: most,
      sizeType: ['compressed'],
      success: (chosen) => {
        const files = [chosen.tempFiles].flat() as unknown as (File & { path: string })[]
        resolve(files.slice(0, most).map((file) => ({ path: file.path, file })))
      },
      fail: () => resolve([]),
    })
    // #endif
  })
}

/** Shows pictures large, beginning with one of them. */
export function showPictures(images: string[], at: number): void {
  const urls = images.map(absoluteUrl)
  uni.previewImage({ urls, current: urls[at] ?? '', fail: () => undefined })
}
