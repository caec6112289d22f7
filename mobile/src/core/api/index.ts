import { signedOut } from '../auth/gate'
import { language } from '../i18n'
import { uniCarrier } from '../platform/carrier'
import { apiBase } from '../platform/host'
import { uniTransport } from '../platform/transport'
import { session } from '../store/session'
import { createClient } from './client'
import { endpoints } from './endpoints'
import { createUpload } from './upload'

const parts = {
  base: apiBase(),
  token: () => session.token,
  language: () => language.value,
  onSignedOut: signedOut,
}

/** The store's API as the running app uses it. */
export const api = {
  ...endpoints(createClient({ ...parts, transport: uniTransport })),
  uploadReviewPicture: createUpload(parts, uniCarrier),
}
