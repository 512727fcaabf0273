namespace Helpdesk.Functions.Hosting;

/// <summary>A setting has a value that the app cannot work with; the message names it and says what is possible.</summary>
public sealed class InvalidSettingException(string message, Exception inner) : Exception(message, inner);

/// <summary>A service that reads settings when it is made.</summary>
public sealed record SettingReader(Type Service);

/// <summary>Ends the app before it takes a request when a setting is wrong.</summary>
public static class SettingChecks
{
    /// <summary>Has the settings of this service checked at the start.</summary>
    public static IServiceCollection CheckAtStart<T>(this IServiceCollection services) => services.AddSingleton(new SettingReader(typeof(T)));

    /// <summary>Reads every setting; <see cref="InvalidSettingException"/> says which are wrong, a line each.</summary>
    public static void Run(IServiceProvider services)
    {
        var wrongOnes = new List<InvalidOperationException>();
        foreach (var reader in services.GetServices<SettingReader>())
        {
            try
            {
                services.GetRequiredService(reader.Service);
            }
            catch (InvalidOperationException wrong)
            {
                wrongOnes.Add(wrong);
            }
        }

        if (wrongOnes.Count > 0)
            throw new InvalidSettingException(string.Join(Environment.NewLine, wrongOnes.Select(wrong => wrong.Message).Distinct()), wrongOnes[0]);
    }
}
