param planName string
param appName string
param instanceMemory int
param maximumInstances int
param alwaysReadyHttp int
param alwaysReadyDurable int
param sweepSchedule string
param rewindSchedule string
param imapSchedule string
param probeEvery string
param identityId string
param identityClientId string
param storageAccountName string
param deploymentContainer string
param applicationInsightsConnection string
param adminKeyUri string
param mailSecretUri string
param mailFrom string
param smtpHost string
param smtpUser string
param sendGridEventKey string
param signInAuthority string
param signInClientId string
param signInAudience string
param signInScopes string
param signInAllowKeys bool
param topicEndpoint string
param botAppId string
param location string
param tags object

var alwaysReady = filter([
  { name: 'http', instanceCount: alwaysReadyHttp }
  { name: 'durable', instanceCount: alwaysReadyDurable }
], group => group.instanceCount > 0)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: appName
  location: location
  tags: union(tags, { 'azd-service-name': 'helpdesk' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: maximumInstances
        // An open chat holds one request that waits for news; the platform's default is so low that a few chats would fill an instance.
        triggers: { http: { perInstanceConcurrency: 200 } }
        alwaysReady: alwaysReady
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainer
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union({
      // The account's name alone serves the host, the queue triggers, Durable and the app. Where one service URI is set, Durable wants all three.
      AzureWebJobsStorage__accountName: storageAccountName
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identityClientId
      AZURE_CLIENT_ID: identityClientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnection
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      HELPDESK_ADMIN_KEY: '@Microsoft.KeyVault(SecretUri=${adminKeyUri})'
      Events__TopicEndpoint: topicEndpoint
      HELPDESK_SWEEP_SCHEDULE: sweepSchedule
      HELPDESK_REWIND_SCHEDULE: rewindSchedule
      HELPDESK_IMAP_SCHEDULE: imapSchedule
      Probe__Every: probeEvery
      // The app has a first page of its own.
      AzureWebJobsDisableHomepage: 'true'
    }, empty(botAppId) ? {} : {
      Bot__AppId: botAppId
      Bot__TenantId: tenant().tenantId
    }, empty(mailFrom) ? {} : {
      Mail__From: mailFrom
    }, empty(smtpHost) ? {} : {
      Mail__Smtp__Host: smtpHost
    }, empty(smtpHost) || empty(smtpUser) ? {} : {
      Mail__Smtp__User: smtpUser
      Mail__Smtp__Password: '@Microsoft.KeyVault(SecretUri=${mailSecretUri})'
    }, !empty(smtpHost) || empty(mailSecretUri) ? {} : {
      Mail__SendGrid__ApiKey: '@Microsoft.KeyVault(SecretUri=${mailSecretUri})'
    }, empty(sendGridEventKey) ? {} : {
      Mail__SendGrid__EventKey: sendGridEventKey
    }, empty(signInAuthority) ? {} : {
      SignIn__Authority: signInAuthority
      SignIn__ClientId: signInClientId
      SignIn__AllowKeys: signInAllowKeys ? 'true' : 'false'
    }, empty(signInAuthority) || empty(signInAudience) ? {} : {
      SignIn__Audience: signInAudience
    }, empty(signInAuthority) || empty(signInScopes) ? {} : {
      SignIn__Scopes: signInScopes
    })
  }

  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output id string = app.id
output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
