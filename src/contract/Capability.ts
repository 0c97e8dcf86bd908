/**
 * What a compute element can do, one service each: a program names exactly what it needs, and a backend provides
 * exactly what it can.
 *
 * **Details**
 *
 * A capability that a backend lacks is a service that its layer does not provide: to need it is a compile error, and
 * `Effect.serviceOption` asks for it at run time.
 *
 * @since 0.1.0
 */
export * from "./Absent.ts"
export * from "./Enumerable.ts"
export * from "./JobControl.ts"
export * from "./OutputRetriever.ts"
export * from "./StatusReporter.ts"
export * from "./Submitter.ts"
