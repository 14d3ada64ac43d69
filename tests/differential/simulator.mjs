// Judge cases with iam-simulate: a JSON array on standard input, an array of verdicts on standard output.
// The first argument is the folder in which it is installed.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const installed = createRequire(join(process.argv[2], 'anything.js'))
const { runSimulation, anonymousPrincipal } = await import(
  pathToFileURL(installed.resolve('@cloud-copilot/iam-simulate'))
)

async function verdict(one) {
  const result = await runSimulation(simulation(one), {})
  return result.resultType === 'error' ? `error: ${JSON.stringify(result.errors)}` : result.overallResult
}

function simulation(one) {
  return {
    request: {
      principal: one.principal ?? anonymousPrincipal,
      action: one.action,
      resource: { resource: one.resource, accountId: one.resource_account },
      contextVariables: one.context
    },
    identityPolicies: one.identity.map((policy, index) => ({ name: `identity ${index}`, policy })),
    permissionBoundaryPolicies: one.boundary ? [{ name: 'boundary', policy: one.boundary }] : undefined,
    sessionPolicy: one.session ?? undefined,
    resourcePolicy: one.resource_policy ?? undefined,
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }
}

const verdicts = []
for (const one of JSON.parse(await text(process.stdin))) verdicts.push(await verdict(one))
process.stdout.write(JSON.stringify(verdicts))
