--@include store
-- Holds, as they are taken and change their state.

local dueName = { offered = 'offer ', ['wrap-up'] = 'wrap-up ' }

local function expireHold(id, work, hold)
  fallDue(dueName[hold.state] .. work .. ' ' .. id, hold.expires)
end

local function keepHold(id, work, hold)
  if hold.state ~= 'active' then fallDueNoMore(dueName[hold.state] .. work .. ' ' .. id, hold.expires) end
end

local function takeHold(id, agent, workId, work, state)
  local weight, _, interruptible = unpack(agent.capacity[work.channel])
  local hold = { channel = work.channel, weight = weight, state = state, since = now }
  if interruptible ~= 1 then hold.firm = 1 end
  agent.holds[workId] = hold
  if state == 'offered' then
    hold.expires = now + work.ttl
    expireHold(id, workId, hold)
  end
  touch(id)
end
