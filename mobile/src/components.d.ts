export {}

declare module 'vue' {
  export interface GlobalComponents {
    UiBar: (typeof import('./core/ui/ui-bar.vue'))['default']
    UiButton: (typeof import('./core/ui/ui-button.vue'))['default']
    UiCell: (typeof import('./core/ui/ui-cell.vue'))['default']
    UiCheck: (typeof import('./core/ui/ui-check.vue'))['default']
    UiCountdown: (typeof import('./core/ui/ui-countdown.vue'))['default']
    UiEmpty: (typeof import('./core/ui/ui-empty.vue'))['default']
    UiField: (typeof import('./core/ui/ui-field.vue'))['default']
    UiIcon: (typeof import('./core/ui/ui-icon.vue'))['default']
    UiOffline: (typeof import('./core/ui/ui-offline.vue'))['default']
    UiPicture: (typeof import('./core/ui/ui-picture.vue'))['default']
    UiPrice: (typeof import('./core/ui/ui-price.vue'))['default']
    UiReview: (typeof import('./core/ui/ui-review.vue'))['default']
    UiSearch: (typeof import('./core/ui/ui-search.vue'))['default']
    UiSheet: (typeof import('./core/ui/ui-sheet.vue'))['default']
    UiStars: (typeof import('./core/ui/ui-stars.vue'))['default']
    UiState: (typeof import('./core/ui/ui-state.vue'))['default']
    UiStepper: (typeof import('./core/ui/ui-stepper.vue'))['default']
    UiTabs: (typeof import('./core/ui/ui-tabs.vue'))['default']
    UiWait: (typeof import('./core/ui/ui-wait.vue'))['default']
  }
}
