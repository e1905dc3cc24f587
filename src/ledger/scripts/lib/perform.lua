--@include store
-- Runs one operation: the same for FCALL and for EVAL.

local isUnderWay = false

local function begin(keys, args)
  -- The last one has failed on its way.
  if isUnderWay or keys[1] ~= prefix then
    prefix = keys[1]
    agentsKey, worksKey, queuesKey, settingsKey = prefix .. 'agents', prefix .. 'works', prefix .. 'queues', prefix .. 'settings'
    dueKey, metaKey, noticesKey = prefix .. 'due', prefix .. 'meta', prefix .. 'notices'
    listenersKey, droppedKey = prefix .. 'listeners', prefix .. 'dropped'
    chargesKey, chargeStatesKey = prefix .. 'charges', prefix .. 'charge-states'
    forgetAll()
  end
  isUnderWay = true
  call, sub, format = redis.call, string.sub, string.format
  node, now, request = args[2], tonumber(args[3]), cjson.decode(args[4])
  if not now then
    local time = call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  if next(agents) then agents = {} end
  if next(touched) then touched = {} end
  if freed[1] then freed, isFreed = {}, {} end
  if lengthened[1] then lengthened, isLengthened = {}, {} end
  if notices[1] then notices = {} end
  due, isDueUnknown = firstDue(), false
end

-- Work of which another controller is in charge is left alone, whatever one that was taken for dead still wants of it.
local function isElsewhere()
  local owner = request.charge and call('HGET', chargesKey, request.charge)
  return owner and owner ~= node
end

local function perform(keys, args)
  begin(keys, args)
  if isElsewhere() then
    isUnderWay = false
    return { now, due or false, false, cjson.encode({ type = 'not-in-charge' }) }
  end
  local answer = operations[args[1]]()
  isUnderWay = false
  return answer
end
