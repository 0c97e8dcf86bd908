/**
 * A plugin of TypeDoc for the classes of Effect. The operations of a service are written in a type argument: here they become
 * members of the class, with the names of types as they are written. What a class inherits from Effect is left out.
 */
import { Converter, ReflectionKind } from "typedoc"
import ts from "typescript"

/** The pages of the entry points, by their modules. */
const pages = { index: "main", "ce/Diagnosis": "diagnosis" }

/** `{ submit(...): ... }` of `class Submitter extends Context.Service<Submitter, { submit(...): ... }>()("key") {}`. */
const shapeOf = (symbol) => {
  let call = symbol?.declarations?.find(ts.isClassDeclaration)?.heritageClauses?.[0]?.types[0]?.expression
  while (call !== undefined && ts.isCallExpression(call)) {
    const shape = call.typeArguments?.[1]
    if (shape !== undefined && ts.isTypeLiteralNode(shape)) return shape
    call = call.expression
  }
  return undefined
}

const isExternal = (symbol) =>
  symbol?.declarations?.every((each) => each.getSourceFile().fileName.includes("/node_modules/")) ?? true

export const load = (app) => {
  const fields = new Map()
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    // The fields of a schema: `type Limits = typeof Limits.Type`.
    if (reflection.kindOf(ReflectionKind.TypeAlias)) {
      const symbol = context.getSymbolFromReflection(reflection)
      const node = symbol?.declarations?.find(ts.isTypeAliasDeclaration)?.type
      if (node !== undefined && ts.isTypeQueryNode(node)) {
        const type = context.checker.getTypeFromTypeNode(node)
        fields.set(reflection, context.converter.convertType(context.withScope(reflection), type))
      }
      return
    }
    if (!reflection.kindOf(ReflectionKind.Class)) return
    for (const member of shapeOf(context.getSymbolFromReflection(reflection))?.members ?? []) {
      const symbol = context.checker.getSymbolAtLocation(member.name)
      if (symbol !== undefined) context.converter.convertSymbol(context.withScope(reflection), symbol)
    }
  })
  // TypeDoc writes out the structure of a type such as `typeof SubmissionSpec.Type`.
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, (context, reflection, declaration) => {
    const scope = context.withScope(reflection)
    const asWritten = (inside, type, node) =>
      node === undefined || node.kind === ts.SyntaxKind.ThisType || ts.isTypePredicateNode(node)
        ? type
        : context.converter.convertType(inside, node)
    reflection.type = asWritten(scope, reflection.type, declaration?.type)
    for (const [index, parameter] of (reflection.parameters ?? []).entries()) {
      const node = declaration?.parameters?.[index]?.type
      parameter.type = asWritten(scope.withScope(parameter), parameter.type, node)
    }
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const module of context.project.children ?? []) module.name = pages[module.name] ?? module.name
    for (const [reflection, type] of fields) reflection.type = type
    for (const reflection of Object.values(context.project.reflections)) {
      delete reflection.extendedTypes
      delete reflection.inheritedFrom
      delete reflection.overwrites
      if (!reflection.parent?.kindOf(ReflectionKind.Class)) continue
      if (reflection.kindOf(ReflectionKind.Constructor) || isExternal(context.getSymbolFromReflection(reflection))) {
        context.project.removeReflection(reflection)
      }
    }
  })
}
