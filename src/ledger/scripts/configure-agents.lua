--@include presence members reply
-- A batch of agents with their capacity and memberships; what they are and hold stays as it is.
if isOverdue() then return now end
local stamp = newStamp()
for id, settings in pairs(request.agents) do
  local agent = agentOf(id)
  if not agent then
    agent = {
      presence = { state = 'offline' }, reach = {}, off = {}, holds = {}, queues = {},
      misses = 0, calls = 0, talk = 0, fairCalls = 0, fairTalk = 0, idle = now, indexedIdle = now,
    }
    agents[id] = agent
  end
  agent.on = 1
  agent.capacity = settings.capacity
  local turns = {}
  for _, member in ipairs(agent.queues) do
    turns[member.queue] = member.turn
    leaveMembership(id, agent, member)
  end
  agent.queues = {}
  for index, member in ipairs(settings.queues) do
    local queue = queueOf(member.queue)
    member.kind, member.channel, member.turn = queue.kind, queue.channel, turns[member.queue] or 0
    member.key = false
    member.there = fairKey[queue.kind] and not absenceOf(agent, queue.channel, member.queue)
    if queue.explained then call('ZADD', membersKey(member.queue), member.order, id) end
    agent.queues[index] = member
  end
  saveSettings(id, agent, stamp)
  countAgain(id, agent)
  touch(id)
  free(id)
end
return reply()
