--@include endings over line places reply
-- Brings the works of one controller in line with what it really has: what it has no more ends without blame, and what
-- the store has lost comes back. Running work comes back whatever the limits say: it runs. Of the dead (`deadAfterMs`)
-- everything ends, unless they live after all. Work of the channels that whoever asks `adopts` never ends here: its owner
-- is only a name, and becomes theirs; whoever `spares` it does so later, and whoever `leaves` leaves it for the others.
-- `incarnation` is the run of the store to which all of it has now been told. What an owner is in charge of (`charges`) goes
-- the way of such work, in the same act; what has gone to another one is not theirs any more, nor is its work.
if isOverdue() then return now end
local owner = request.owner
local nodesKey, toldKey = prefix .. 'nodes', prefix .. 'told'
if request.deadAfterMs then
  local seen = tonumber(call('ZSCORE', nodesKey, owner))
  if not seen or seen > now - request.deadAfterMs then
    return reply({ gone = {}, adopted = {}, offered = {}, lost = {}, charges = {}, lostCharges = {} })
  end
elseif request.incarnation then
  call('HSET', toldKey, owner, request.incarnation)
  -- From here on others may go on, and what they set in motion must not pass it by.
  redis.pcall('XGROUP', 'CREATE', noticesKey, owner, '$', 'MKSTREAM')
end

local function holdersOf(work)
  if work.phase == 'offered' then return work.agents end
  return (work.phase == 'active' or work.phase == 'wrap-up') and { work.winner } or {}
end

local function dropWork(id, work)
  local holders = holdersOf(work)
  forget(id, work)
  for _, holder in ipairs(holders) do dropHold(holder, id, now) end
end

local isLeft = false
local gone, adopted, offered, lost, isOwn, isAdopted = {}, {}, {}, {}, {}, {}
for _, own in ipairs(request.works) do isOwn[own.work] = true end
for _, channel in ipairs(request.adopts or {}) do isAdopted[channel] = true end

local charges, lostCharges, isCharge, isLost = {}, {}, {}, {}
for _, charge in ipairs(request.charges or {}) do
  local id = charge.id
  isCharge[id] = true
  local holder = call('HGET', chargesKey, id)
  if holder and holder ~= owner then
    isLost[id] = true
    lostCharges[#lostCharges + 1] = id
  elseif not holder then
    call('HSET', chargesKey, id, owner)
    if charge.state then call('HSET', chargeStatesKey, id, charge.state) end
  end
end
for _, id in ipairs(call('HKEYS', worksKey)) do
  local work = workOf(id)
  if work.owner == owner and work.phase ~= 'wrap-up' and not isOwn[id] then
    if isAdopted[work.channel] and (request.leaves or request.spares) then
      isLeft = request.leaves
    elseif isAdopted[work.channel] then
      work.owner = node
      saveWork(id, work)
      adopted[#adopted + 1] = {
        work = id, channel = work.channel, queue = work.queue, phase = work.phase, attempt = work.attempt,
        enqueuedAt = work.enqueuedAt, agents = holdersOf(work),
      }
    else
      dropWork(id, work)
      gone[#gone + 1] = id
    end
  end
end

local stored = call('HGETALL', chargesKey)
for at = 1, #stored, 2 do
  local id = stored[at]
  if stored[at + 1] == owner and not isCharge[id] then
    if request.adoptsCharges and (request.leaves or request.spares) then
      isLeft = isLeft or request.leaves
    elseif request.adoptsCharges then
      call('HSET', chargesKey, id, node)
      charges[#charges + 1] = { id = id, state = call('HGET', chargeStatesKey, id) or nil }
    else
      call('HDEL', chargesKey, id)
      call('HDEL', chargeStatesKey, id)
    end
  end
end

if request.deadAfterMs or request.leaves or request.spares then saysNoMore(owner) end
if isLeft then
  -- Long dead, so that the next one who looks takes it over.
  call('ZADD', nodesKey, 0, owner)
elseif request.deadAfterMs or request.leaves then
  call('ZREM', nodesKey, owner)
  call('HDEL', toldKey, owner)
  redis.pcall('XGROUP', 'DESTROY', noticesKey, owner)
  call('SREM', listenersKey, owner)
end

local function restore(own, phase)
  local queue = own.queue and queueOf(own.queue)
  local work = {
    channel = own.channel,
    priority = own.priority or 0,
    enqueuedAt = own.enqueuedAt,
    arrival = call('HINCRBY', metaKey, 'arrivals', 1),
    ttl = own.offerTtlMs,
    attempt = own.attempt or 0,
    phase = phase,
    owner = owner,
  }
  work.score = work.enqueuedAt
  if queue then
    work.queue = own.queue
    work.score = work.enqueuedAt + (queue.priority + work.priority) * queue.ageingStepMs
  end
  return work, queue
end

local function waitAgain(own)
  local again, queue = restore(own, 'waiting')
  if queue then placeInLine(own.work, again, own.queue, queue) end
end

local function restoreActive(own)
  local id = own.agents[1]
  local agent = agentOf(id)
  if not agent then return end
  local work = restore(own, 'active')
  work.winner, work.losers = id, {}
  saveWork(own.work, work)
  takeHold(id, agent, own.work, work, 'active')
end

local function restoreOffered(own)
  local work, queue = restore(own, 'offered')
  work.agents = {}
  for _, id in ipairs(own.agents) do
    local agent = agentOf(id)
    if agent and not lackOfRoom(agent, work.channel) then
      work.agents[#work.agents + 1] = id
      takeHold(id, agent, own.work, work, 'offered')
    else
      lost[#lost + 1] = { work = own.work, agent = id, attempt = work.attempt }
    end
  end
  if #work.agents > 0 then
    if queue then startRinging(own.work, work, queue) end
    saveWork(own.work, work)
  elseif queue then
    work.phase, work.agents = 'waiting', nil
    placeInLine(own.work, work, own.queue, queue)
  end
end

-- The same attempt on both sides: whom only one of them knows does not ring.
local function compareOffers(own, work)
  local rings, stands = {}, {}
  for _, id in ipairs(own.agents) do rings[id] = true end
  local agentsLeft = {}
  for _, id in ipairs(work.agents) do
    stands[id] = true
    if rings[id] then agentsLeft[#agentsLeft + 1] = id else dropHold(id, own.work, now) end
  end
  for _, id in ipairs(own.agents) do
    if not stands[id] then lost[#lost + 1] = { work = own.work, agent = id, attempt = own.attempt } end
  end
  if #agentsLeft == #work.agents then return end
  if #agentsLeft > 0 then
    work.agents = agentsLeft
    return saveWork(own.work, work)
  end
  forget(own.work, work)
  waitAgain(own)
end

for _, own in ipairs(request.works) do
  local work = workOf(own.work)
  if own.charge and isLost[own.charge] then
    -- It is with another one, whatever has become of it.
  elseif own.phase == 'active' then
    local stands = work and (work.phase == 'wrap-up' or (work.phase == 'active' and work.winner == own.agents[1]))
    if not stands then
      if work then dropWork(own.work, work) end
      restoreActive(own)
    end
  elseif not work and own.phase == 'offered' then
    restoreOffered(own)
  elseif not work then
    waitAgain(own)
  elseif own.phase == 'waiting' and (work.phase == 'active' or work.phase == 'wrap-up' or work.queue ~= own.queue) then
    -- It came back to the line, or went to another one, while the store was away.
    dropWork(own.work, work)
    waitAgain(own)
  elseif work.phase == 'offered' then
    -- An offer whose news was lost on the way is told now.
    if own.phase == 'offered' and work.attempt == own.attempt then
      compareOffers(own, work)
    else
      offered[#offered + 1] = { work = own.work, attempt = work.attempt, agents = work.agents }
    end
  elseif work.phase == 'waiting' and own.phase == 'offered' then
    for _, id in ipairs(own.agents) do lost[#lost + 1] = { work = own.work, agent = id, attempt = own.attempt } end
  end
end
return reply({
  gone = gone, adopted = adopted, offered = offered, lost = lost, charges = charges, lostCharges = lostCharges,
})
