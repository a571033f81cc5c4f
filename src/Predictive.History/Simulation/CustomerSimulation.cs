using System.Globalization;
using Predictive.History;

namespace Predictive.History.Simulation;

/// <summary>One line while it is being made. Orders are numbered within the customer.</summary>
internal readonly record struct SimulatedLine(
    long Micros, double Amount, int Order, int Product, int Category, int Channel, float Quantity, float UnitCost, float Discount);

/// <summary>Simulates one customer: who it is, when it buys, what is in each order, what comes back.</summary>
/// <remarks>
/// Gaps are Gamma distributed in operational time; a day adds rate × season × promotion × ageing to it. So the gaps keep their regularity
/// while the calendar speeds them up or slows them down.
/// </remarks>
internal sealed class CustomerSimulation
{
    private static readonly string[] Regions = ["north", "south", "east", "west", "abroad"];
    private static readonly string[] AgeBands = ["18-29", "30-44", "45-59", "60+"];
    private static readonly string[] Sources = ["search", "social", "referral", "store", "partner"];

    public static readonly string[] Channels = ["app", "store", "web"];

    private readonly SimulationOptions _o;
    private readonly SimulatedWorld _world;
    private readonly SimulationRandom _random;
    private readonly double[] _taste;
    private readonly List<SimulatedLine> _lines = [];
    private readonly List<int> _bought = [];

    private CustomerSimulation(SimulationOptions options, SimulatedWorld world, SimulationRandom random)
    {
        (_o, _world, _random) = (options, world, random);
        _taste = new double[world.Categories.Length];
    }

    public static (SimulatedCustomer Customer, List<SimulatedLine> Lines) Run(SimulationOptions options, SimulatedWorld world, int index)
    {
        var random = new SimulationRandom(options.Seed, index);
        bool existing = random.Chance(options.ExistingShare);

        // An existing customer is one whose past life reaches into the span: drawn again until it does. The bound only matters for absurd
        // settings, where the customer becomes a new one instead.
        for (int attempt = 0; existing && attempt < 200; attempt++)
        {
            var old = new CustomerSimulation(options, world, random);
            var customer = old.Draw(index, world.StartDay - 1 - (int)(random.Uniform() * (SimulatedWorld.PastDays - 1)), isNew: false);
            if (customer.DropoutDay > world.StartDay && old.Live(ref customer) && old._lines.Count > 0)
            {
                return (customer, old._lines);
            }
        }

        var fresh = new CustomerSimulation(options, world, random);
        var born = fresh.Draw(index, AcquisitionDay(options, world, random), isNew: true);
        fresh.Live(ref born);
        return (born, fresh._lines);
    }

    /// <summary>Day of the first purchase: exponential growth of the intake, thinned by the calendar.</summary>
    private static int AcquisitionDay(SimulationOptions o, SimulatedWorld world, SimulationRandom random)
    {
        int span = world.EndDay - world.StartDay;
        double growth = Math.Log(1 + o.GrowthPerYear) * span / 365.25;
        while (true)
        {
            double u = random.Uniform();
            double share = Math.Abs(growth) < 1e-9 ? u : Math.Log(1 + (u * (Math.Exp(growth) - 1))) / growth;
            int day = world.StartDay + Math.Min((int)(share * span), span - 1);
            if (random.Chance(world.Calendar[day - world.FirstDay] / 4))
            {
                return day;
            }
        }
    }

    /// <summary>Median of a Gamma distribution (Wilson and Hilferty), so that options speak of typical customers.</summary>
    private static double GammaMedian(double shape) => shape * Math.Pow(Math.Max(1 - (1 / (9 * shape)), .1), 3);

    private SimulatedCustomer Draw(int index, int firstDay, bool isNew)
    {
        bool wholesaler = _random.Chance(_o.WholesalerShare);
        double rate = Math.Max(_random.Gamma(_o.RateShape) / GammaMedian(_o.RateShape) / _o.CadenceDays, 1e-5);
        double regularity = 1 + ((_o.Regularity - 1) * _random.Exponential());
        double lifetime =
            _o.LifetimeDays * GammaMedian(_o.DropoutShape) / Math.Max(_random.Gamma(_o.DropoutShape), 1e-6) * _random.Exponential();
        if (wholesaler)
        {
            (rate, regularity, lifetime) = (Math.Max(rate, 1 / _o.CadenceDays), regularity + 3, 3 * lifetime);
        }

        bool oneTime = isNew & _random.Chance(wholesaler ? 0 : _o.OneTimeShare);
        double ageing = _random.Chance(_o.AgeingShare) && double.IsFinite(lifetime) ? _random.Uniform(.2, .6) * lifetime : 0;
        int favourite = 0;
        for (int c = 0; c < _taste.Length; c++)
        {
            _taste[c] = _world.CategoryWeight[c] * _random.Gamma(.45);
            favourite = _taste[c] > _taste[favourite] ? c : favourite;
        }

        for (int c = 1; c < _taste.Length; c++)
        {
            _taste[c] += _taste[c - 1];
        }

        return new SimulatedCustomer(
            string.Create(CultureInfo.InvariantCulture, $"C{index + 1:000000}"),
            firstDay,
            oneTime ? firstDay + 1 : firstDay + 1 + lifetime,
            rate,
            Math.Min(regularity, 50),
            oneTime ? 0 : ageing,
            _o.LineValue * Math.Exp(.55 * _random.Normal()),
            wholesaler,
            _random.Chance(.35),
            Math.Min(.5, _o.RefundShare * _random.Exponential()),
            _world.Categories[favourite],
            Regions[_random.Below(Regions.Length)],
            _random.Chance(.15) ? null : AgeBands[_random.Below(AgeBands.Length)],
            Sources[_random.Below(Sources.Length)]);
    }

    /// <summary>Runs the customer's days. False where a refund made the customer leave before the span began.</summary>
    private bool Live(ref SimulatedCustomer customer)
    {
        double hour = Math.Clamp(14 + (3.5 * _random.Normal()), 7, 22);
        int channel = _random.Below(Channels.Length), order = 0;
        double gap = 0;
        for (int day = customer.FirstDay; day < _world.EndDay && day < customer.DropoutDay; day++)
        {
            gap -= Pace(customer, day);
            while ((gap <= 0 || day == customer.FirstDay) && day < customer.DropoutDay)
            {
                gap = _random.Gamma(customer.Regularity) / customer.Regularity;
                long at =
                    (day * LocalTime.MicrosPerDay) + ((long)(Math.Clamp(hour + (1.8 * _random.Normal()), 0, 23.999) * 3600) * 1_000_000);
                int first = _lines.Count;
                Buy(customer, day, at, order, _random.Chance(.75) ? channel : _random.Below(Channels.Length));
                if (_random.Chance(customer.RefundShare))
                {
                    double refundedAt = Refund(first, at);
                    if (_random.Chance(.2))
                    {
                        customer = customer with { DropoutDay = Math.Min(customer.DropoutDay, Math.Max(day + 1, refundedAt)) };
                    }
                }

                order++;
                if (day < _world.StartDay)
                {
                    // Before the span: it happened, but nobody kept a record.
                    _lines.RemoveRange(first, _lines.Count - first);
                }

                if (day == customer.FirstDay)
                {
                    break;
                }
            }
        }

        // Refunds come later than orders made meanwhile; OrderBy is stable.
        long end = _world.EndDay * LocalTime.MicrosPerDay;
        var sorted = _lines.Where(l => l.Micros < end).OrderBy(l => l.Micros).ToList();
        _lines.Clear();
        _lines.AddRange(sorted);
        return _lines.Exists(l => l.Amount > 0);
    }

    private double Pace(SimulatedCustomer customer, int day)
    {
        double pace = customer.RatePerDay * _world.Calendar[day - _world.FirstDay];
        if (_world.Promotion[day - _world.FirstDay])
        {
            pace *= 1 + ((_o.PromotionLift - 1) * (customer.PromotionMinded ? 1 : .25));
        }

        if (customer.AgeingDays > 0)
        {
            pace *= Math.Clamp((customer.DropoutDay - day) / customer.AgeingDays, .15, 1);
        }

        return pace;
    }

    private void Buy(SimulatedCustomer customer, int day, long at, int order, int channel)
    {
        double mean = (_o.LinesPerOrder - 1) * (customer.Wholesaler ? 2 : 1);
        int lines = 1 + _random.Poisson(mean);
        bool promotion = _world.Promotion[day - _world.FirstDay];
        for (int i = 0; i < lines; i++)
        {
            int product, category;
            if (_bought.Count > 0 && _random.Chance(.3))
            {
                product = _bought[_random.Below(_bought.Count)];
                category = Array.FindIndex(_world.ProductOffsets, offset => offset > product) - 1;
            }
            else
            {
                category = _random.Pick(_taste);
                product = _world.ProductOffsets[category] + _random.Pick(_world.ProductCumulative[category]);
            }

            _bought.Add(product);
            double quantity = customer.Wholesaler
                ? Math.Ceiling(10 * Math.Exp(.5 * _random.Normal()))
                : 1 + (_random.Chance(.3) ? 1 + _random.Poisson(.6) : 0);

            // Prices rise 2 % a year.
            double list = customer.LineValue * _world.PriceFactor[product] * Math.Exp(
                .02 * (day - _world.StartDay) / 365.25) * (customer.Wholesaler ? .7 : 1);
            double discount = promotion && _random.Chance(.6) ? Cents(.2 * list * quantity) : 0;
            double amount = Math.Max(Cents(list * quantity) - discount, .01);
            _lines.Add(new SimulatedLine(
                at, Cents(amount), order, product, category, channel, (float)quantity,
                (float)Cents(Math.Max(list * _world.CostShare[category], .01)), (float)discount));
        }
    }

    /// <summary>Sends back one line, or (three times in ten) the whole order, 3 to 20 days later; returns the fractional day.</summary>
    private double Refund(int first, long at)
    {
        long when = at + (long)(_random.Uniform(3, 20) * 86_400) * 1_000_000;
        int last = _lines.Count;
        bool whole = _random.Chance(.3);
        int one = first + _random.Below(last - first);
        for (int i = whole ? first : one; i < (whole ? last : one + 1); i++)
        {
            var line = _lines[i];
            _lines.Add(line with { Micros = when, Amount = -line.Amount, Quantity = -line.Quantity, Discount = 0 });
        }

        return when / (double)LocalTime.MicrosPerDay;
    }

    private static double Cents(double value) => Math.Round(value, 2, MidpointRounding.AwayFromZero);
}
