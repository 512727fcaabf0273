using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Helpdesk.Bench;

/// <summary>What a number of clients reached together.</summary>
internal sealed record Rate(double PerSecond, double P50, double P99);

/// <summary>Clients that each do one thing after the other for a while.</summary>
internal static class Load
{
    public static async Task<Rate> RunAsync(int clients, TimeSpan span, Func<int, Task> once)
    {
        await Task.WhenAll(Enumerable.Range(0, clients).Select(once));
        var times = new ConcurrentBag<double>();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(async client =>
                {
                    while (Stopwatch.GetElapsedTime(began) < span)
                    {
                        var one = Stopwatch.GetTimestamp();
                        await once(client);
                        times.Add(Stopwatch.GetElapsedTime(one).TotalMilliseconds);
                    }
                })
        );
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new(times.Count / elapsed, Figures.At(times, 0.5), Figures.At(times, 0.99));
    }

    /// <summary>Does one thing so many times, by so many clients.</summary>
    public static Task TimesAsync(int clients, int times, Func<int, Task> once) =>
        Parallel.ForEachAsync(Enumerable.Range(0, times), new ParallelOptions { MaxDegreeOfParallelism = clients }, async (i, _) => await once(i));
}

/// <summary>Figures of several runs and how they are shown.</summary>
internal static class Figures
{
    public static double At(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];
    }

    public static double Median(IEnumerable<double> values) => At(values, 0.5);

    /// <summary>The median, and the lowest and the highest: what a figure of a shared machine is worth.</summary>
    public static string Spread(IReadOnlyCollection<double> values, string format) =>
        string.Create(CultureInfo.InvariantCulture, $"{Show(Median(values), format)} ({Show(values.Min(), format)}, {Show(values.Max(), format)})");

    public static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
