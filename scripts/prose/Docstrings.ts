/** The names that users import, and what has no docstring among them. */
import { computeLineStarts, getLeadingCommentRanges, type Node, type SourceFile } from "typescript/unstable/ast"
import * as Is from "typescript/unstable/ast/is"
import { type Project, type Symbol, SymbolFlags } from "typescript/unstable/sync"

/** A name without a docstring: an export, or a member of one (`Config.endpoint`). */
export interface Missing {
  readonly file: string
  readonly line: number
  readonly name: string
}

/** Whether a docstring before a node says more than tags. */
const isDescribed = (node: Node, file: SourceFile): boolean => {
  const comment = getLeadingCommentRanges(file.text, node.pos)?.at(-1)
  if (comment === undefined) return false
  const text = file.text.slice(comment.pos, comment.end)
  return text.startsWith("/**") && /^[\s*]*[^\s*@]/.test(text.slice(3, -2))
}

const nameOf = (member: Node): string | undefined => {
  const name = "name" in member ? member.name : undefined
  if (name === undefined || name === null || typeof name !== "object" || !("text" in name)) return undefined
  return typeof name.text === "string" ? name.text : undefined
}

/** The calls that declare fields: their last argument has them. */
const declaresFields = /^(?:Struct|TaggedStruct|TaggedError|Error|Class|TaggedClass|TaggedUnion)$/

/** The fields of `Schema.Struct({ ... })`, and of calls around it. */
const fields = (node: Node): ReadonlyArray<Node> => {
  if (!Is.isCallExpression(node)) return []
  let callee: Node = node.expression
  while (Is.isCallExpression(callee)) callee = callee.expression
  const last = node.arguments.at(-1)
  const isSchema = Is.isPropertyAccessExpression(callee) && declaresFields.test(callee.name.text)
  if (isSchema && last !== undefined && Is.isObjectLiteralExpression(last)) {
    return last.properties.filter((property) => Is.isPropertyAssignment(property))
  }
  const inner = Is.isPropertyAccessExpression(node.expression) ? [node.expression.expression] : []
  return [...node.arguments, ...inner].flatMap(fields)
}

/** The operations of `Context.Service<Self, { ... }>()("key")`. */
const operations = (node: Node): ReadonlyArray<Node> => {
  if (!Is.isCallExpression(node)) return []
  const shape = node.typeArguments?.at(1)
  return [...shape === undefined ? [] : literals(shape), ...operations(node.expression)]
}

const literals = (type: Node): ReadonlyArray<Node> =>
  Is.isTypeLiteralNode(type)
    ? type.members
    : Is.isIntersectionTypeNode(type)
    ? type.types.flatMap(literals)
    : []

/** The parts of a declaration that users read: members, operations, fields. */
const members = (declaration: Node): ReadonlyArray<Node> => {
  if (Is.isInterfaceDeclaration(declaration)) return declaration.members
  if (Is.isTypeAliasDeclaration(declaration)) return literals(declaration.type)
  if (Is.isVariableDeclaration(declaration)) {
    return declaration.initializer === undefined ? [] : fields(declaration.initializer)
  }
  if (Is.isClassDeclaration(declaration)) {
    const base = declaration.heritageClauses?.[0]?.types[0]?.expression
    return base === undefined ? [] : [...operations(base), ...fields(base)]
  }
  return []
}

/** The node that has the comment: for a constant, its statement. */
const documented = (declaration: Node): Node =>
  Is.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration

/** All names without a docstring that the entry points export, in the order of their places. */
export const missing = (project: Project, entries: ReadonlyArray<string>): ReadonlyArray<Missing> => {
  const found = new Map<string, Missing>()
  const seen = new Set<number>()
  const add = (node: Node, name: string) => {
    const file = node.getSourceFile()
    const line = computeLineStarts(file.text).findLastIndex((start) => start <= node.getStart(file)) + 1
    found.set(`${file.fileName}:${line}:${name}`, { file: file.fileName, line, name })
  }
  const look = (symbol: Symbol): void => {
    const target = (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : project.checker.getAliasedSymbol(symbol)
    if (seen.has(target.id)) return
    seen.add(target.id)
    if ((target.flags & SymbolFlags.ValueModule) !== 0) return project.checker.getExportsOfModule(target).forEach(look)
    const declarations = target.declarations.flatMap((each) => each.resolve(project) ?? [])
      .filter((each) => !each.getSourceFile().fileName.includes("/node_modules/"))
    const [first] = declarations
    if (first === undefined) return
    if (!declarations.some((each) => isDescribed(documented(each), each.getSourceFile()))) add(first, target.name)
    // An interface beside a schema describes its fields.
    const described = declarations.find((each) => Is.isInterfaceDeclaration(each))
    for (const declaration of described === undefined ? declarations : [described]) {
      for (const member of members(declaration)) {
        const name = nameOf(member)
        if (name !== undefined && !isDescribed(member, member.getSourceFile())) add(member, `${target.name}.${name}`)
      }
    }
  }
  for (const entry of entries) {
    const file = project.program.getSourceFile(entry)
    const module = file === undefined ? undefined : project.checker.getSymbolAtLocation(file)
    if (module !== undefined) look(module)
  }
  return Array.from(found.values()).toSorted((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)
}
