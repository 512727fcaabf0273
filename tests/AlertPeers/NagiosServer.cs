namespace Helpdesk.Testing;

/// <summary>
/// Nagios 4 as Debian has it, for one test: it checks a <see cref="WatchedService"/> every second with Debian's own plug-in, and has the script that ships
/// in <c>docs/senders</c> tell when that does not answer.
/// </summary>
/// <remarks>A problem that lasts is told again every two seconds.</remarks>
public sealed class NagiosServer : IAsyncDisposable
{
    private const string Plugins = "/usr/lib/nagios/plugins";
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("helpdesk-nagios-").FullName;
    private PeerProcess? _process;

    private NagiosServer() { }

    /// <summary>The script that tells of problems.</summary>
    public static string Script => Path.Combine(AzuriteServer.Root, "docs/senders/notify-helpdesk.sh");

    /// <summary>What it has logged: every check that changed something, and every notification.</summary>
    public string Log => $"{_process?.Log}\n{(File.Exists(LogFile) ? File.ReadAllText(LogFile) : "")}";

    private string LogFile => Path.Combine(_folder, "nagios.log");

    /// <param name="webhook">Where problems are told.</param>
    public static async Task<NagiosServer> StartAsync(WatchedService service, Uri webhook)
    {
        var server = new NagiosServer();
        try
        {
            if (!File.Exists($"{Plugins}/check_http"))
                throw new InvalidOperationException($"{Plugins}/check_http is not installed: run ./test.sh as root, or install monitoring-plugins-basic.");
            await server.ConfigureAsync(service, webhook);
            server._process = PeerProcess.Start("/usr/sbin/nagios4", "nagios4-core", $"{server._folder}/nagios.cfg");
            await Until.TrueAsync(
                () =>
                    Task.FromResult(
                        server._process.HasExited
                            ? throw new InvalidOperationException($"Nagios ended: {server.Log}")
                            : server.Log.Contains("SERVICE STATE: shop-1;Shop;OK;HARD", StringComparison.Ordinal)
                                || server.Log.Contains("Successfully launched command file worker", StringComparison.Ordinal)
                    ),
                $"Nagios runs; {server.Log}"
            );
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private async Task ConfigureAsync(WatchedService service, Uri webhook)
    {
        System.IO.Directory.CreateDirectory(Path.Combine(_folder, "checkresults"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "notify-helpdesk.conf"), $"HELPDESK_URL={webhook}\n");
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "nagios.cfg"),
            $"""
            log_file={LogFile}
            cfg_file={_folder}/objects.cfg
            object_cache_file={_folder}/objects.cache
            precached_object_file={_folder}/objects.precache
            status_file={_folder}/status.dat
            state_retention_file={_folder}/retention.dat
            command_file={_folder}/nagios.cmd
            query_socket={_folder}/nagios.qh
            lock_file={_folder}/nagios.pid
            temp_file={_folder}/nagios.tmp
            temp_path={_folder}
            check_result_path={_folder}/checkresults
            nagios_user={Environment.UserName}
            nagios_group={Environment.UserName}
            use_syslog=0
            check_for_updates=0
            interval_length=1
            check_result_reaper_frequency=1
            service_inter_check_delay_method=n
            status_update_interval=10
            enable_flap_detection=0
            enable_notifications=1
            enable_environment_macros=1

            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "objects.cfg"),
            $$"""
            define timeperiod {
              timeperiod_name always
              alias           Always
              monday 00:00-24:00
              tuesday 00:00-24:00
              wednesday 00:00-24:00
              thursday 00:00-24:00
              friday 00:00-24:00
              saturday 00:00-24:00
              sunday 00:00-24:00
            }
            define command {
              command_name check-shop
              command_line {{Plugins}}/check_http -I 127.0.0.1 -p {{service.Port}} -t 2
            }
            define command {
              command_name notify-helpdesk
              command_line HELPDESK_CONF={{_folder}}/notify-helpdesk.conf {{Script}} >>{{_folder}}/notify.log 2>&1
            }
            define contact {
              contact_name                  helpdesk
              service_notification_period   always
              host_notification_period      always
              service_notification_options  w,u,c,r
              host_notification_options     d,u,r
              service_notification_commands notify-helpdesk
              host_notification_commands    notify-helpdesk
            }
            define host {
              host_name             shop-1
              address               127.0.0.1
              max_check_attempts    1
              check_interval        0
              notification_interval 0
              contacts              helpdesk
            }
            define service {
              host_name             shop-1
              service_description   Shop
              check_command         check-shop
              check_interval        1
              retry_interval        1
              max_check_attempts    1
              check_period          always
              notification_period   always
              notification_interval 2
              contacts              helpdesk
            }

            """
        );
    }
}
