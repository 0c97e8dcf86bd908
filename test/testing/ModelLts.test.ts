import { it } from "@effect/vitest"
import { check } from "../model/Fake.ts"

// One file for each version, so that they run concurrently.
it.effect("fake lts: answers random sequences of operations like the model", () => check("lts"))
