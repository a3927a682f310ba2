import cProfile, pstats, time
from tests.surveys.inviting.exports import export,row
from portal.surveys.inviting import importing
import portal.clock as c, pytest
def test_big(app):
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgres"): return
    rows=[row(zaaknummer=f"Z-{n}", naam=f"Proefpersoon {n}", email=f"p{n}@voorbeeld.example", telefoon=f"06{10000000+n}", datum=str(c.today())) for n in range(11000)]
    data=export(*rows)
    t=time.perf_counter(); importing.preview(data); print("plain preview", time.perf_counter()-t)
    t=time.perf_counter(); list(importing.read(data, c.today())); print("read", time.perf_counter()-t)
    p=cProfile.Profile(); p.enable(); importing.preview(data); p.disable()
    pstats.Stats(p).sort_stats("cumtime").print_stats(22)
    t=time.perf_counter(); importing.take_in(data,"1"); print("take in", time.perf_counter()-t)
