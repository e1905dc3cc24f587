--@include presence reply
-- Sets one channel of an agent: `reach`, whether work could reach them, or `off`, their own switch.
if isOverdue() then return now end
local id = request.agent
local agent = agentOf(id)
if not agent then return reply() end
agent[request.field][request.channel] = request.value and 1 or nil
refreshThere(id, agent)
touch(id)
free(id)
return reply()
