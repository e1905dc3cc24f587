-- Holds, as they are taken and change their state.

local dueName = { offered = 'offer ', ['wrap-up'] = 'wrap-up ' }

local function expireHold(id, work, state, expires)
  fallDue(dueName[state] .. work .. ' ' .. id, expires)
end

local function keepHold(id, work, state)
  if state ~= 'active' then fallDueNoMore(dueName[state] .. work .. ' ' .. id) end
end

local function takeHold(id, agent, workId, work, state)
  local weight, _, interruptible = unpack(agent.capacity[work.channel])
  local hold = { channel = work.channel, weight = weight, state = state, since = now }
  if interruptible ~= 1 then hold.firm = 1 end
  if state == 'offered' then
    hold.expires = now + work.ttl
    expireHold(id, workId, state, hold.expires)
  end
  agent.holds[workId] = hold
  touch(id)
end
