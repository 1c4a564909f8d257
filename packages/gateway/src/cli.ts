import { Command, Option } from "commander";
import { type Overrides, settings } from "./config.ts";

/**
 * Reads the command line; every flag stands in the table of `config.ts`.
 *
 * @example readCommandLine(["--port", "4455", "--strict"]) // { port: "4455", strict: "true" }
 */
export function readCommandLine(args: readonly string[]): Overrides {
  const command = new Command("wasl")
    .description(
      "A payment gateway that speaks PT2, with a sandbox acquirer. Starts and serves it.",
    )
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError()
    .allowExcessArguments(false);
  for (const [key, setting] of Object.entries(settings)) {
    if (!("flag" in setting)) continue;
    const standard = setting.fallback === "" ? "" : ` (default: ${setting.fallback})`;
    const option = new Option(setting.flag, `${setting.about}${standard}`);
    // Commander would name it after the flag; the table's own key is what the program uses.
    option.attributeName = () => key;
    command.addOption(option);
  }
  const given = command.parse(args, { from: "user" }).opts<Record<string, string | boolean>>();
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]));
}
