/** The links and the headings of a Markdown document. */
import GithubSlugger from "github-slugger"
import MarkdownIt from "markdown-it"

/** A document, as links see it. */
export interface Page {
  /** The anchors of its headings, as GitHub makes them, and those that it sets itself: `<a id="name">`. */
  readonly headings: ReadonlySet<string>
  readonly links: ReadonlyArray<{ readonly target: string; readonly line: number }>
}

const markdown = new MarkdownIt({ html: true })

/** Reads a document. */
export const page = (source: string): Page => {
  const slugger = new GithubSlugger()
  const headings = new Set<string>()
  const links: Array<{ target: string; line: number }> = []
  const anchors = (html: string) => {
    for (const [, id] of html.matchAll(/<a id="([^"]+)"/g)) if (id !== undefined) headings.add(id)
  }
  let line = 1
  let isHeading = false
  for (const token of markdown.parse(source, {})) {
    if (token.map !== null) line = token.map[0] + 1
    if (token.type === "heading_open") isHeading = true
    else if (token.type === "heading_close") isHeading = false
    if (token.type === "html_block") anchors(token.content)
    if (token.type !== "inline") continue
    const children = token.children ?? []
    if (isHeading) {
      const text = children.filter((child) => child.type === "text" || child.type === "code_inline")
      headings.add(slugger.slug(text.map((child) => child.content).join("")))
    }
    let at = line
    for (const child of children) {
      if (child.type === "softbreak") at += 1
      if (child.type === "html_inline") anchors(child.content)
      const target = child.attrGet("href") ?? child.attrGet("src")
      if (target !== null) links.push({ target, line: at })
    }
  }
  return { headings, links }
}

/** The file and the heading that a link leads to; undefined for one that leaves the repository. */
export const local = (target: string): { readonly path: string; readonly heading: string | undefined } | undefined => {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined
  const [path = "", heading] = target.split("#")
  return { path: decodeURI(path), heading }
}
