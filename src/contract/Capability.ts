/**
 * The capabilities of a compute element. Each is a service: a program names exactly the services that it needs, and a
 * backend provides exactly those that it supports.
 *
 * **Details**
 *
 * The layer of a backend does not provide a capability that the backend lacks. A program that needs it does not
 * compile. Use `Effect.serviceOption` to ask for a capability at run time.
 *
 * @since 0.1.0
 */
export * from "./Absent.ts"
export * from "./Enumerable.ts"
export * from "./JobControl.ts"
export * from "./OutputRetriever.ts"
export * from "./StatusReporter.ts"
export * from "./Submitter.ts"
