// The page's own words for what the scripts have to say, written by base.html in its language
let words = null;

export function word(key) {
  if (!words) {
    const written = document.getElementById("kit-words");
    words = written ? JSON.parse(written.textContent) : {};
  }
  return words[key] || key;
}
