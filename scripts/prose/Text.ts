/** A text that people read, as the prose check sees it: without code, and with the line of each part. */
import MarkdownIt from "markdown-it"

/** Where the text is found. */
export type Kind = "document" | "docstring" | "comment" | "string" | "test title"

/** The word that replaces inline code, a link to a symbol or an inserted value. */
export const code = "`X`"

/** One paragraph, heading, table cell or string. */
export interface Text {
  readonly kind: Kind
  readonly file: string
  readonly text: string
  /** The lines that begin inside the text, in order: the offset in `text`, and the number of the line. */
  readonly lines: ReadonlyArray<{ readonly offset: number; readonly line: number }>
  /** A heading or the head of a table: a phrase, and not a sentence. */
  readonly phrase: boolean
}

/** One sentence of a text. */
export interface Sentence {
  readonly text: string
  readonly line: number
  readonly words: number
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" })

const lineAt = (text: Text, offset: number): number => text.lines.findLast((begin) => begin.offset <= offset)?.line ?? 1

/** The sentences of a text. */
export const sentences = (text: Text): ReadonlyArray<Sentence> =>
  Array.from(segmenter.segment(text.text), ({ index, segment }) => {
    const trimmed = segment.trim()
    return { text: trimmed, line: lineAt(text, index), words: trimmed === "" ? 0 : trimmed.split(/\s+/).length }
  }).filter((sentence) => sentence.words > 0)

const markdown = new MarkdownIt({ html: true })

/** The texts of a Markdown document, or of a comment, whose lines are Markdown. `line` is the number of its first line. */
export const fromMarkdown = (kind: Kind, file: string, source: string, line = 1): ReadonlyArray<Text> => {
  const texts: Array<Text> = []
  let block = 0
  let phrase = false
  for (const token of markdown.parse(source, {})) {
    if (token.map !== null) block = token.map[0]
    if (token.type === "heading_open" || token.type === "th_open") phrase = true
    else if (token.type.endsWith("_open")) phrase = false
    if (token.type !== "inline") continue
    let text = ""
    let at = line + block
    const lines = [{ offset: 0, line: at }]
    for (const child of token.children ?? []) {
      if (child.type === "text") text += child.content
      else if (child.type === "code_inline") text += code
      else if (child.type === "softbreak" || child.type === "hardbreak") {
        text += " "
        at += 1
        lines.push({ offset: text.length, line: at })
      }
    }
    texts.push({ kind, file, text, lines, phrase })
  }
  return texts
}

/** A string of a program, which is on one line. */
export const fromString = (kind: Kind, file: string, text: string, line: number): Text => ({
  kind,
  file,
  text,
  lines: [{ offset: 0, line }],
  phrase: false
})
