/** A product's story as the server cleaned it, made fit for `rich-text`: pictures whole and not wider than the page. */
export function storyNodes(story: string, absolute: (url: string) => string): string {
  return story.replace(/<img ([^>]*?)src="([^"]+)"/g, (_whole, before: string, url: string) => {
    return `<img ${before}style="display:block;max-width:100%;height:auto" src="${absolute(url)}"`
  })
}
