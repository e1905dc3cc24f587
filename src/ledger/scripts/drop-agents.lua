--@include endings members reply
-- Agents whom the site no longer has: they get no more, and go when their last hold has ended.
if isOverdue() then return now end
local stamp = newStamp()
for _, id in ipairs(request.agents) do
  local agent = agentOf(id)
  if agent then
    for _, member in ipairs(agent.queues) do leaveMembership(id, agent, member) end
    agent.queues = {}
    saveSettings(id, agent, stamp)
    agent.on = nil
    touch(id)
    settle(id, agent, now)
  end
end
return reply()
