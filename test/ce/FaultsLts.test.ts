import { faults } from "./FaultTable.ts"

// One file for each version, so that they run at the same time.
faults("lts")
