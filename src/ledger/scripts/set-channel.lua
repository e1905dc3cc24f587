--@include presence places reply
-- Sets one channel of an agent: `reach`, whether work could reach them, or `off`, their own switch. `here`: as far as the
-- controller that asks is concerned.
if isOverdue() then return now end
local id = request.agent
local agent = agentOf(id)
if not agent then return reply() end
local value = request.value
if request.here then value = saysReachable(node, request.channel, id, value) end
agent[request.field][request.channel] = value and 1 or nil
refreshThere(id, agent)
touch(id)
free(id)
return reply()
