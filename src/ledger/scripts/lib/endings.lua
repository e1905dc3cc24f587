--@include holds presence
-- Holds, as they end.

-- An offer that came to nothing is no work: whoever only let it ring has not been less idle for it.
local function takeHoldAway(id, agent, workId, at)
  local hold = agent.holds[workId]
  if not hold then return end
  keepHold(id, workId, hold)
  agent.holds[workId] = nil
  if hold.state ~= 'offered' then
    local worksOn = false
    for _, other in pairs(agent.holds) do worksOn = worksOn or other.state ~= 'offered' end
    if not worksOn then agent.idle = at end
  end
  touch(id)
  free(id)
end

-- Who holds nothing takes on a pending presence, and goes if a reload has dropped them.
local function settle(id, agent, at)
  if next(agent.holds) or (agent.on and not agent.pending) then return end
  local pending = agent.pending
  if pending then
    agent.pending = nil
    changePresence(id, agent, presenceAt(pending, at), at)
  end
  if agent.on then return end
  if agent.presence.state == 'break' then fallDueNoMore('break ' .. id, agent.presence.untilMs) end
  awaitScheduleNoMore(id, agent)
  endBackOff(id, agent)
  agents[id] = false
  touch(id)
end

local function dropHold(id, workId, at)
  local agent = agentOf(id)
  if not agent then return end
  takeHoldAway(id, agent, workId, at)
  settle(id, agent, at)
end
