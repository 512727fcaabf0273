targetScope = 'resourceGroup'

@description('Name of the environment, part of every resource name.')
@minLength(2)
@maxLength(24)
param environmentName string = 'helpdesk'

@description('Where everything is made. It must be a region with Flex Consumption.')
param location string = resourceGroup().location

@description('Runtime of the function app. A region that does not know "custom" yet takes the same handler as "dotnet-isolated".')
@allowed([ 'custom', 'dotnet-isolated' ])
param runtimeName string = 'custom'

@description('Version of the runtime: 1.0 for custom, 10.0 for dotnet-isolated.')
param runtimeVersion string = runtimeName == 'custom' ? '1.0' : '10.0'

@description('The first admin key, at least 16 characters. Kept in the key vault; every other key is made through the API.')
@secure()
@minLength(16)
param adminKey string

@description('Memory of one instance in MB.')
@allowed([ 512, 2048, 4096 ])
param instanceMemory int = 512

@description('Instances at the most; what bounds the bill.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Instances kept ready for HTTP; 0 scales to zero.')
@minValue(0)
@maxValue(20)
param alwaysReady int = 0

@description('E-mail address for alerts; empty for none.')
param alertEmail string = ''

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logDays int = 30

@description('Whether there is a bot for Microsoft Teams.')
param teamsBot bool = true

@description('What people see of the bot in Teams.')
@maxLength(42)
param botName string = 'Helpdesk'

var names = loadJsonContent('abbreviations.json')
var token = toLower(uniqueString(subscription().id, resourceGroup().id, environmentName))
var tags = {
  'azd-env-name': environmentName
}

module identity 'modules/identity.bicep' = {
  params: {
    name: '${names.identity}${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    logAnalyticsName: '${names.logAnalytics}${token}'
    applicationInsightsName: '${names.applicationInsights}${token}'
    logDays: logDays
    principalId: identity.outputs.principalId
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: '${names.storageAccount}${token}'
    principalId: identity.outputs.principalId
    logAnalyticsId: monitoring.outputs.logAnalyticsId
    location: location
    tags: tags
  }
}

module keyVault 'modules/keyvault.bicep' = {
  params: {
    name: '${names.keyVault}${token}'
    adminKey: adminKey
    principalId: identity.outputs.principalId
    location: location
    tags: tags
  }
}

module events 'modules/eventgrid.bicep' = {
  params: {
    name: '${names.eventGridTopic}${token}'
    principalId: identity.outputs.principalId
    location: location
    tags: tags
  }
}

module app 'modules/app.bicep' = {
  params: {
    planName: '${names.plan}${token}'
    appName: '${names.functionApp}${token}'
    runtimeName: runtimeName
    runtimeVersion: runtimeVersion
    instanceMemory: instanceMemory
    maximumInstances: maximumInstances
    alwaysReady: alwaysReady
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.name
    deploymentContainer: storage.outputs.deploymentContainerUrl
    applicationInsightsConnection: monitoring.outputs.connectionString
    adminKeyUri: keyVault.outputs.adminKeyUri
    topicEndpoint: events.outputs.endpoint
    botAppId: teamsBot ? identity.outputs.clientId : ''
    location: location
    tags: tags
  }
}

module bot 'bot.bicep' = if (teamsBot) {
  params: {
    name: '${names.bot}${token}'
    displayName: botName
    appUrl: app.outputs.url
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    actionGroupName: '${names.actionGroup}${token}'
    alertPrefix: '${names.alert}${token}-'
    alertEmail: alertEmail
    appId: app.outputs.id
    applicationInsightsId: monitoring.outputs.applicationInsightsId
    logAnalyticsId: monitoring.outputs.logAnalyticsId
    location: location
    tags: tags
  }
}

@description('Where the helpdesk answers.')
output HELPDESK_URL string = app.outputs.url

@description('The function app that azd deploys to.')
output SERVICE_HELPDESK_NAME string = app.outputs.name

@description('The id of the bot, for the Teams package; empty without one.')
output HELPDESK_BOT_ID string = teamsBot ? identity.outputs.clientId : ''
