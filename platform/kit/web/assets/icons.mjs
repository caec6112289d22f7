// The icons we ship, by their lucide names (ISC licence). Add a name, run the build, use {% icon "name" %}.
export const ICONS = [
  "arrow-down", "arrow-left", "arrow-right", "arrow-up", "arrow-up-down", "badge-check", "ban", "bell", "book-open",
  "boxes", "building-2", "calendar", "calendar-clock", "camera", "chart-column", "chart-line", "check", "chevron-down", "chevron-left",
  "chevron-right", "circle-alert", "circle-check", "circle-question-mark", "circle-x", "clipboard-list", "clock", "copy",
  "credit-card", "download", "ellipsis", "external-link", "eye", "eye-off", "file-spreadsheet", "file-text", "funnel", "gift", "globe",
  "hand-coins", "history", "house", "image", "inbox", "info", "key-round", "landmark", "layers", "layout-dashboard", "leaf", "life-buoy", "link", "list",
  "loader-circle", "lock", "log-out", "mail", "map-pin", "megaphone", "menu", "message-square", "minus", "package", "package-check", "pause", "pencil",
  "percent", "phone", "play", "plus", "printer", "qr-code", "receipt", "refresh-cw", "rocket", "rotate-ccw", "scan-line", "search", "send",
  "settings", "share-2", "shield-check", "shopping-basket", "smartphone", "sparkles", "store", "table", "tag", "timer", "trash-2", "trending-down",
  "trending-up", "triangle-alert", "truck", "undo-2", "upload", "user", "user-plus", "users", "wallet", "warehouse", "x", "zap", "zoom-in", "zoom-out",
];
