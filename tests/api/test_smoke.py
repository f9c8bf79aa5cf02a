def test_x(bot):
    r = bot.propose()
    print(r.status_code, r.headers, r.content.decode())
    r2 = bot.get(r["Location"].removeprefix("/api/v1"))
    print(r2.status_code, r2.headers, r2.content.decode())
    print(bot.get("/proposals?limit=1").content)
    print(bot.get("/slices").content)
    print(bot.propose(b'{"a": }').content)
    print(bot.post("/proposals/batch", {"items":[1]}).content)
    assert 0
