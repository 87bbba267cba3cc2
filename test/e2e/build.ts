import { execFileSync } from "node:child_process";

/** Builds the Worker before the e2e tests, the way `npm start` does. */
export default function build(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
}
