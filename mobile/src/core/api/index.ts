import { signedOut } from '../auth/gate'
import { language } from '../i18n'
import { apiBase } from '../platform/host'
import { uniTransport } from '../platform/transport'
import { session } from '../store/session'
import { createClient } from './client'
import { endpoints } from './endpoints'

/** The store's API as the running app uses it. */
export const api = endpoints(
  createClient({
    base: apiBase(),
    transport: uniTransport,
    token: () => session.token,
    language: () => language.value,
    onSignedOut: signedOut,
  }),
)
