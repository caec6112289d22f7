/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the store's API lives; empty means the host the H5 page came from. */
  readonly VITE_API_BASE?: string
}

declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
