import { start, status, stop } from "./control";
import { Supervisor } from "./run";

const usage = `usage: node supervisor.js start|stop|status|run MARK
MARK is the path of the service's spec without ".json"; beside it are its .pid and .log.`;

async function main([command, mark]: string[]): Promise<void> {
  if (mark === undefined) {
    throw new Error(usage);
  }
  switch (command) {
    case "start":
      return start(mark);
    case "stop":
      return stop(mark);
    case "status":
      console.log(JSON.stringify(status(mark)));
      return;
    case "run":
      new Supervisor(mark).run();
      return;
    default:
      throw new Error(usage);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
