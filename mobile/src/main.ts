import { createSSRApp } from 'vue'

import App from './App.vue'

// uni-app asks for this export and mounts the result itself.
export function createApp() {
  return { app: createSSRApp(App) }
}
