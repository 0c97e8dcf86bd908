/** The texts of a TypeScript file: its comments, its docstrings, and the strings that are shown to people. */
import { computeLineStarts, createScanner, type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast"
import * as Is from "typescript/unstable/ast/is"
import * as Text from "./Text.ts"

/** Literals, by their first character. TypeScript's scanner cannot recognise them without its parser. */
const literals = (file: SourceFile): ReadonlyMap<number, Node> => {
  const found = new Map<number, Node>()
  const visit = (node: Node): void => {
    if (isLiteral(node)) found.set(node.getStart(file), node)
    node.forEachChild((child) => visit(child))
  }
  visit(file)
  return found
}

const isLiteral = (node: Node): boolean =>
  Is.isStringLiteral(node) || Is.isNoSubstitutionTemplateLiteral(node) || Is.isTemplateHead(node) ||
  Is.isTemplateMiddle(node) || Is.isTemplateTail(node) || Is.isRegularExpressionLiteral(node)

interface Comment {
  readonly start: number
  readonly end: number
  readonly isBlock: boolean
}

const comments = (file: SourceFile): ReadonlyArray<Comment> => {
  const opaque = literals(file)
  const scanner = createScanner(false, undefined, file.text)
  const found: Array<Comment> = []
  for (let token = scanner.scan(); token !== SyntaxKind.EndOfFile; token = scanner.scan()) {
    const start = scanner.getTokenStart()
    const literal = opaque.get(start)
    if (literal !== undefined) scanner.resetTokenState(literal.end)
    else if (token === SyntaxKind.SingleLineCommentTrivia || token === SyntaxKind.MultiLineCommentTrivia) {
      found.push({ start, end: scanner.getTokenEnd(), isBlock: token === SyntaxKind.MultiLineCommentTrivia })
    }
  }
  return found
}

/** Comments that are addressed to a tool. */
const directive = /^(?:oxlint-|eslint-|@effect-diagnostics|@ts-|dprint-ignore|#|\/ <)/

/** Tags of a docstring that are no text. */
const tag = /^@(?:since|category|stability|internal|example|module|packageDocumentation)\b.*$/

const plain = (line: string): string =>
  line.replace(tag, "").replace(/^@(?:param|see|returns|throws|deprecated|remarks|typeParam)\b/, "")
    .replaceAll(/\{@link[^}]*\}/g, Text.code)

const lineIn = (starts: ReadonlyArray<number>, offset: number): number =>
  starts.findLastIndex((start) => start <= offset) + 1

const fromComments = (name: string, file: SourceFile, starts: ReadonlyArray<number>): ReadonlyArray<Text.Text> => {
  const texts: Array<Text.Text> = []
  let block: { line: number; lines: Array<string> } | undefined
  const flush = () => {
    if (block !== undefined) texts.push(...Text.fromMarkdown("comment", name, block.lines.join("\n"), block.line))
    block = undefined
  }
  for (const { end, isBlock, start } of comments(file)) {
    const line = lineIn(starts, start)
    const text = file.text.slice(start, end)
    if (isBlock) {
      flush()
      const lines = text.slice(2, -2).split("\n").map((each) => plain(each.replace(/^\s*\*+ ?/, "").trimEnd()))
      const kind = text.startsWith("/**") ? "docstring" : "comment"
      texts.push(...Text.fromMarkdown(kind, name, lines.join("\n").replaceAll(/^ /gm, ""), line))
    } else {
      const content = text.slice(2).replace(/^ /, "")
      if (directive.test(content)) continue
      // Comments on lines that follow each other are one text.
      if (block !== undefined && block.line + block.lines.length === line) block.lines.push(plain(content))
      else {
        flush()
        block = { line, lines: [plain(content)] }
      }
    }
  }
  flush()
  return texts
}

/** Whether a string is a text: three words or more. */
const isText = (text: string): boolean => /[A-Za-z]{2,}[,:;]? (?:\S+ )*[a-z`]{1,}[,:;]? (?:\S+ )*[a-z]{2,}/.test(text)

const valueOf = (node: Node): string | undefined => {
  if (Is.isStringLiteral(node) || Is.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (Is.isTemplateExpression(node)) {
    return node.templateSpans.reduce((text, span) => text + Text.code + span.literal.text, node.head.text)
  }
  return undefined
}

const known = new Set(["it", "test", "describe", "suite", "layer"])

/** Whether a call defines a test or a group of tests: `it.effect(title)`, `layer(services)(title)`. */
const definesTest = (call: Node, runners: ReadonlySet<string>): boolean => {
  let callee: Node = call
  while (Is.isCallExpression(callee) || Is.isPropertyAccessExpression(callee)) callee = callee.expression
  return Is.isIdentifier(callee) && runners.has(callee.text)
}

/** The functions that define tests: also those of the file that call one of them. */
const runnersOf = (file: SourceFile): ReadonlySet<string> => {
  const found = new Set(known)
  const calls = (node: Node): boolean =>
    Is.isCallExpression(node) && definesTest(node, found) ||
    node.forEachChild((child) => calls(child) || undefined) === true
  const visit = (node: Node): void => {
    const isNamed = Is.isVariableDeclaration(node) && Is.isIdentifier(node.name)
    if (isNamed && node.initializer !== undefined && Is.isArrowFunction(node.initializer) && calls(node.initializer)) {
      found.add(node.name.text)
    }
    node.forEachChild((child) => visit(child))
  }
  visit(file)
  return found
}

const fromStrings = (name: string, file: SourceFile, starts: ReadonlyArray<number>): ReadonlyArray<Text.Text> => {
  const texts: Array<Text.Text> = []
  const isTest = name.startsWith("test/") || name.endsWith(".test.ts")
  const runners = isTest ? runnersOf(file) : known
  const visit = (node: Node): void => {
    if (!isTest) add("string", node)
    else if (Is.isCallExpression(node) && node.arguments[0] !== undefined && definesTest(node, runners)) {
      add("test title", node.arguments[0])
    }
    // The parts of a template are one text.
    if (Is.isTemplateExpression(node)) node.templateSpans.forEach((span) => visit(span.expression))
    else node.forEachChild((child) => visit(child))
  }
  const add = (kind: Text.Kind, node: Node) => {
    const text = valueOf(node)
    if (text === undefined || !isText(text)) return
    texts.push(Text.fromString(kind, name, text, lineIn(starts, node.getStart(file))))
  }
  visit(file)
  return texts
}

/** All texts of a file. The strings of a `foreign` file quote other programs: only its comments count. */
export const texts = (name: string, file: SourceFile, foreign: boolean): ReadonlyArray<Text.Text> => {
  const starts = computeLineStarts(file.text)
  return [...fromComments(name, file, starts), ...foreign ? [] : fromStrings(name, file, starts)]
}
