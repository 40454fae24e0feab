-- For wrk: the same requests in the same order on every run, made before the clock starts; at the end one line of JSON.
--
--   wrk ... -s load.lua URL -- create BODIES     POST of each line, one after the other
--   wrk ... -s load.lua URL -- get IDS           GET of ids in random order

-- PAUSE_MS in the environment: each client waits so long after an answer
local pause = tonumber(os.getenv("PAUSE_MS"))
if pause then
    function delay()
        return pause
    end
end

local requests, at

local function lines(path)
    local all = {}
    for line in io.lines(path) do
        all[#all + 1] = line
    end
    return all
end

local threads = 0
function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(args)
    local headers = { ["Content-Type"] = "application/json" }
    requests = lines(args[2])
    for i, line in ipairs(requests) do
        if args[1] == "create" then
            requests[i] = wrk.format("POST", "/api/v1/orders", headers, line)
        else
            requests[i] = wrk.format("GET", "/api/v1/orders/" .. line)
        end
    end
    math.randomseed(7 + number)
    if args[1] == "get" then
        for i = #requests, 2, -1 do
            local j = math.random(i)
            requests[i], requests[j] = requests[j], requests[i]
        end
    end
    at = math.random(#requests)
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        '\n{"requests":%d,"us":%d,"bytes":%d,"failed":%d,"p50":%d,"p99":%d,"max":%d}\n',
        summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.timeout + e.status,
        latency:percentile(50), latency:percentile(99), latency.max))
end
