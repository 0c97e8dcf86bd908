import { it } from "@effect/vitest"
import { check } from "../model/Fake.ts"

// One file for each version, so that they run at the same time.
it.effect("random sequences of operations are answered by the fake lts as by the model", () => check("lts"), 600_000)
